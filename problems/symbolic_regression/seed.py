"""The law of an oscillator: its acceleration in any state."""

import numpy as np


# EVOLVE-BLOCK-START
def equation(x, v, t, params):
    """Give the acceleration at position x, speed v and time t: a damped spring under a constant force."""
    return params[0] * x + params[1] * v + params[2]


# EVOLVE-BLOCK-END
