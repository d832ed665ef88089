# tries: an array without rows
# expect: invalid

import numpy as np


def place(points):
    return np.zeros((0, 2))
