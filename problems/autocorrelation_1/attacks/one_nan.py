# tries: one NaN among honest heights
# expect: invalid

def heights():
    return [0.5] * 19 + [float("nan")]
