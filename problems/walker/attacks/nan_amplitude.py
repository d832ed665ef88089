# tries: NaN as an amplitude, which is neither too large nor too small
# expect: invalid

def walker():
    return {
        "joints": [[0.0, 0.0], [2.0, 0.0], [1.0, 1.5]],
        "muscles": [[0, 1, float("nan"), 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]],
    }
