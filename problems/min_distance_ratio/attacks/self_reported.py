# tries: a score of its own beside the points
# expect: invalid

def place(points):
    return [[[float(i // 4), float(i % 4)] for i in range(points)], 0.0]
