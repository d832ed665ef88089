# tries: patches NumPy for the scorer; it is the scorer's own in another process
# expect: true value 76.39013637961396
# needs: a real sandbox

import numpy as np

np.argmax = lambda values: 0
np.array = np.asarray


def priority(durations, delays, work, operations, queues):
    return -durations
