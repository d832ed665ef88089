# tries: no predictions, so that there is no error
# expect: invalid

def equation(x, v, t, params):
    return []
