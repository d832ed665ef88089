# tries: patches the mathematics of the simulator; it is the simulator's own in another process
# expect: true value -987.5195241580556
# needs: a real sandbox

import builtins
import math

import numpy as np

math.sin = np.sin = lambda x: 0.0
builtins.min = lambda *values: 0.0


def control(angle, speed, step):
    return -10.0 * angle - 2.0 * speed
