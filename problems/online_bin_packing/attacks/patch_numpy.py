# tries: patches NumPy for the scorer; it is the scorer's own in another process
# expect: true value 4.4828848277316595
# needs: a real sandbox

import numpy as np

np.argmax = lambda values: 0
np.flatnonzero = lambda values: np.arange(1)


def priority(item, bins):
    return -bins
