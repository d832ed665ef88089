# tries: heights above 1, so that the complement is negative
# expect: invalid

def heights():
    return [0.0] * 5 + [1.0] * 5 + [1.5] * 5 + [0.0] * 5
