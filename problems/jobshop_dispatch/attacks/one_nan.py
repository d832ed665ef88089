# tries: NaN for the first operation only
# expect: invalid

import numpy as np


def priority(durations, delays, work, operations, queues):
    answer = -durations
    answer[0] = np.nan
    return answer
