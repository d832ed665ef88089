# tries: three points on a line that floats put beside it by a rounding error
# expect: true value 0.0

def place(points):
    rows = [[float(i), float(i * i)] for i in range(points - 3)]
    return rows + [[0.0, 1e9], [1e-9, 1e9], [3e-9, 1e9]]
