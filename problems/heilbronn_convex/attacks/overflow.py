# tries: points at 1e200: all areas overflow to infinity
# expect: true value 0.017622149899506168

import math


def place(points):
    turn = 2 * math.pi / points
    return [[1e200 * math.cos(turn * i), 1e200 * math.sin(turn * i)] for i in range(points)]
