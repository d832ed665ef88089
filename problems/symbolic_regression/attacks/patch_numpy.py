# tries: patches NumPy for the scorer; it is the scorer's own in another process
# expect: true value -0.045843134197
# needs: a real sandbox

import numpy as np

np.mean = lambda values: 0.0
np.linalg.svd = None


def equation(x, v, t, params):
    return params[0] * x + params[1] * v + params[2]
