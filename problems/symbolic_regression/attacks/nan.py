# tries: NaN: comparisons with the error are False
# expect: invalid

def equation(x, v, t, params):
    return x * float("nan")
