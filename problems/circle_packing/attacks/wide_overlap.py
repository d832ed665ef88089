# tries: overlaps of 1e-3, larger than any rounding
# expect: invalid

def pack(circles):
    rows = [[(2 * i + 1) / 12, (2 * j + 1) / 12, 1 / 12 + 5e-4] for i in range(6) for j in range(5)]
    return rows[:circles]
