# tries: a point given twice
# expect: true value 0.0

import math


def place(points):
    turn = 2 * math.pi / points
    rows = [[math.cos(turn * i), math.sin(turn * i)] for i in range(points)]
    rows[1] = list(rows[0])
    return rows
