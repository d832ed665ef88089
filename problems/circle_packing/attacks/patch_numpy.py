# tries: patches NumPy and math for the scorer; they are the scorer's own in another process
# expect: true value 0.26
# needs: a real sandbox

import math

import numpy as np

math.fsum = sum = lambda values: 99.0
np.hypot = np.minimum = lambda *args: np.ones(1000)


def pack(circles):
    return [[(i + 0.5) / circles, 0.5, 0.01] for i in range(circles)]
