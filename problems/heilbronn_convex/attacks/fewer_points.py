# tries: fewer points than asked for: the corners of a triangle
# expect: invalid

def place(points):
    return [[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]]
