# tries: patches NumPy for the scorer; it is the scorer's own in another process
# expect: true value 256.0
# needs: a real sandbox

import numpy as np

np.argsort = lambda *args, **kwargs: np.zeros(6561, dtype=int)
np.count_nonzero = np.unique = lambda *args, **kwargs: 6561


def priority(element, n):
    return -1.0 * element.count(0)
