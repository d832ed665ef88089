# tries: NaN, with which every comparison is false
# expect: invalid

import numpy as np


def nearest(points):
    return np.full(len(points), np.nan)
