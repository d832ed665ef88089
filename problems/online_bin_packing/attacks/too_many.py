# tries: priorities for bins that do not exist
# expect: invalid

import numpy as np


def priority(item, bins):
    return np.arange(len(bins) + 1.0)
