# tries: an infinite coordinate
# expect: invalid

def place(points):
    return [[float("inf"), 0.0]] + [[float(i), float(i * i)] for i in range(points - 1)]
