# tries: points at 1e-170: all areas underflow to 0, and 0 / 0 is NaN
# expect: true value 0.017622149899506168

import math


def place(points):
    turn = 2 * math.pi / points
    return [[1e-170 * math.cos(turn * i), 1e-170 * math.sin(turn * i)] for i in range(points)]
