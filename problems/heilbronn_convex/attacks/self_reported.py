# tries: a score of its own beside the points
# expect: invalid

import math


def place(points):
    return [[[math.cos(2 * math.pi * i / points), math.sin(2 * math.pi * i / points)] for i in range(points)], 99.0]
