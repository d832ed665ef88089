# tries: predictions for the easy states only
# expect: invalid

def equation(x, v, t, params):
    return -x[abs(x) < 1]
