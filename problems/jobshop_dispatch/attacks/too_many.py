# tries: priorities for operations that do not exist
# expect: invalid

import numpy as np


def priority(durations, delays, work, operations, queues):
    return np.arange(len(durations) + 1.0)
