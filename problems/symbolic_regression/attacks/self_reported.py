# tries: an error of its own beside the predictions
# expect: invalid

def equation(x, v, t, params):
    return [-x, 0.0]
