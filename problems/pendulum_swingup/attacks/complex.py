# tries: a complex torque
# expect: invalid

import numpy as np


def control(angle, speed, step):
    return np.array(2j)
