# tries: more points than asked for
# expect: invalid

import math


def place(points):
    return [[math.cos(i * i), math.sin(i * i)] for i in range(points + 7)]
