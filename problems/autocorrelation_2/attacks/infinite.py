# tries: an infinite height
# expect: invalid

def heights():
    return [0.5] * 19 + [float("inf")]
