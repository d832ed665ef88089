# tries: an array of bools
# expect: invalid

import numpy as np


def place(points):
    return np.arange(2 * points).reshape(points, 2) % 3 == 0
