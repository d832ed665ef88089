# tries: complex radii, whose squares are negative
# expect: invalid

import numpy as np


def pack(circles):
    return np.full((circles, 3), 0.5 + 1j)
