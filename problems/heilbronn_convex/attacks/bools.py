# tries: True where a coordinate belongs, counted as 1.0
# expect: invalid

def place(points):
    return [[i / points, i % 2 == 0] for i in range(points)]
