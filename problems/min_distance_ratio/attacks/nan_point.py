# tries: one NaN among honest points
# expect: invalid

import numpy as np


def place(points):
    rows = np.random.default_rng(0).random((points, 2))
    rows[-1, 0] = np.nan
    return rows
