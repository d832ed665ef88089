# tries: all points on a line: 0 over 0
# expect: invalid

def place(points):
    return [[float(i), 3.0 * i] for i in range(points)]
