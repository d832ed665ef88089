# tries: complex heights
# expect: invalid

import numpy as np


def heights():
    return np.full(20, 0.5 + 0.5j)
