# tries: an array whose differences and shape lie; only its plain numbers cross
# expect: true value 18.0

import numpy as np


class Liar(np.ndarray):
    def __sub__(self, other):
        return np.ones(2)


def place(points):
    rows = [[float(i // 4), float(i % 4)] for i in range(points)]
    return np.array(rows).view(Liar)
