# tries: a third dimension, in which there is more room
# expect: invalid

import math


def place(points):
    return [[math.cos(i), math.sin(i), float(i)] for i in range(points)]
