# tries: distances of 0, as of every point to itself
# expect: invalid

import numpy as np


def nearest(points):
    return np.zeros(len(points))
