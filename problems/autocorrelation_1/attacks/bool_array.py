# tries: an array of bools
# expect: invalid

import numpy as np


def heights():
    return np.arange(20) % 2 == 0
