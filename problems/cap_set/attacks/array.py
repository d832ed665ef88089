# tries: an array in place of a number, to become a row of more
# expect: invalid

import numpy as np


def priority(element, n):
    return np.ones(3)
