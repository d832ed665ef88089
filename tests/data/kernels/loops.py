import math


def nearest(points):
    rows = points.tolist()
    return [min(math.dist(p, q) for j, q in enumerate(rows) if j != i) for i, p in enumerate(rows)]
