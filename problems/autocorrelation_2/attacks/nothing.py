# tries: no value at all
# expect: invalid

def heights():
    return None
