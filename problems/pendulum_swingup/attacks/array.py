# tries: a torque for each of many steps at once
# expect: invalid

import numpy as np


def control(angle, speed, step):
    return np.full(200, -2.0)
