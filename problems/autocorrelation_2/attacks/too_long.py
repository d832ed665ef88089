# tries: more steps than are accepted, to keep the evaluator busy
# expect: invalid

import numpy as np


def heights():
    return np.full(200_000, 0.5)
