# tries: predictions whose squares overflow
# expect: invalid

def equation(x, v, t, params):
    return x * 1e200
