# tries: a hull of area 1e-18, in case the areas are taken as they are
# expect: true value 0.0

def place(points):
    return [[float(i), 1e-18 * (i % 2)] for i in range(points)]
