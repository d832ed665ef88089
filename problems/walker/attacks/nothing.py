# tries: no answer
# expect: invalid

def walker():
    return None
