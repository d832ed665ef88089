# tries: patches NumPy for the simulator; it is the simulator's own in another process
# expect: true value 4.392695595558832
# needs: a real sandbox

import numpy as np

np.bincount = lambda *args, **kwargs: np.full(3, 1e9)
np.sqrt = lambda values: values


def walker():
    return {
        "joints": [[0.0, 0.0], [2.0, 0.0], [1.0, 1.5]],
        "muscles": [[0, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]],
    }
