# tries: an array in place of layers
# expect: invalid

import numpy as np


def architecture(length, classes):
    return np.ones((3, 3))
