# tries: complex coordinates, of which the squares are negative
# expect: invalid

import numpy as np


def place(points):
    return np.arange(2 * points).reshape(points, 2) ** 2 * 1j
