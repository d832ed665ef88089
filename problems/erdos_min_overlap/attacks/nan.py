# tries: NaN heights: every comparison with them is False
# expect: invalid

def heights():
    return [float("nan")] * 20
