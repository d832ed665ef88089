# tries: NaN, which is the largest entry to some and the smallest to others
# expect: invalid

import numpy as np


def priority(durations, delays, work, operations, queues):
    return np.full(len(durations), np.nan)
