# tries: NaN, which is the largest entry to some and the smallest to others
# expect: invalid

import numpy as np


def priority(item, bins):
    return np.full(len(bins), np.nan)
