# tries: an empty array
# expect: invalid

import numpy as np


def control(angle, speed, step):
    return np.array([])
