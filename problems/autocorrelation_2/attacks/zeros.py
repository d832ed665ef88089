# tries: a function that is 0 everywhere: 0 over 0
# expect: invalid

def heights():
    return [0.0] * 20
