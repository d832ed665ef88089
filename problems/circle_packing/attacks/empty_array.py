# tries: an array without rows
# expect: invalid

import numpy as np


def pack(circles):
    return np.zeros((0, 3))
