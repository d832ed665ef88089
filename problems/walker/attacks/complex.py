# tries: complex places
# expect: invalid

import numpy as np


def walker():
    return {
        "joints": np.array([[0, 0], [2, 0], [1j, 1.5]]),
        "muscles": [[0, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]],
    }
