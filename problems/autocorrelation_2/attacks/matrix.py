# tries: two axes, over which sums and maxima mean something else
# expect: invalid

import numpy as np


def heights():
    return np.full((20, 20), 0.5)
