# tries: NaN for a single state
# expect: invalid

def equation(x, v, t, params):
    predictions = -x
    predictions[7] = float("nan")
    return predictions
