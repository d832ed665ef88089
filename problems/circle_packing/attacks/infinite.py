# tries: an infinite radius
# expect: invalid

def pack(circles):
    return [[0.5, 0.5, float("inf")]] + [[0.0, 0.0, 0.0]] * (circles - 1)
