# tries: NaN radii: every comparison with them is False
# expect: invalid

def pack(circles):
    return [[0.5, 0.5, float("nan")] for _ in range(circles)]
