# tries: an array whose differences and shape lie; only its plain numbers cross
# expect: true value 0.017622149899506168

import math

import numpy as np


class Liar(np.ndarray):
    def __sub__(self, other):
        return np.ones(2)


def place(points):
    rows = [[math.cos(2 * math.pi * i / points), math.sin(2 * math.pi * i / points)] for i in range(points)]
    return np.array(rows).view(Liar)
