# tries: one point over and over
# expect: invalid

def place(points):
    return [[0.5, 0.5]] * points
