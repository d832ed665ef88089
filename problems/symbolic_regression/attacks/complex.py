# tries: complex predictions, whose squared errors can cancel
# expect: invalid

def equation(x, v, t, params):
    return -x + 1j * v
