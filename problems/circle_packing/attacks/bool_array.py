# tries: an array of bools
# expect: invalid

import numpy as np


def pack(circles):
    return np.ones((circles, 3), dtype=bool)
