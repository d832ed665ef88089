# tries: an array of bools
# expect: invalid

def equation(x, v, t, params):
    return x < 0
