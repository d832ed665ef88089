# tries: one number, broadcast to all states
# expect: invalid

def equation(x, v, t, params):
    return 0.0
