# tries: NaN coordinates: every comparison with them is False
# expect: invalid

def place(points):
    return [[float("nan"), float("nan")] for _ in range(points)]
