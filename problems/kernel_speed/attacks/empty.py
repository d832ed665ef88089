# tries: no distances, whose largest error is undefined
# expect: invalid

import numpy as np


def nearest(points):
    return np.array([])
