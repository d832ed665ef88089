# tries: no joints and no muscles, whose least place is undefined
# expect: invalid

def walker():
    return {
        "joints": [],
        "muscles": [],
    }
