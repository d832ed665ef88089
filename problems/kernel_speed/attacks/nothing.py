# tries: no answer
# expect: invalid

import numpy as np


def nearest(points):
    return None
