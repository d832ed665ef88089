# tries: a function that is 0 everywhere, which no factor can make 1
# expect: true value 0.5

def heights():
    return [0.0] * 20
