"""Swing a pendulum up and hold it there."""

import math


# EVOLVE-BLOCK-START
def control(angle, speed, step):
    """Give the torque: a spring towards upright with a damper, which is too weak to get there from below."""
    return -10.0 * angle - 2.0 * speed


# EVOLVE-BLOCK-END
