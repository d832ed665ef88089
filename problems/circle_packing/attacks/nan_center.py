# tries: one NaN centre with a large radius
# expect: invalid

import numpy as np


def pack(circles):
    rows = np.zeros((circles, 3))
    rows[0] = np.nan, 0.5, 0.5
    return rows
