# tries: learns more than ten constants during the fit and keeps them in a global; scored in a new process
# expect: true value 0.002277154286276917

import numpy as np

OFFSETS = np.zeros(200)


def equation(x, v, t, params):
    block = len(x) // 10
    OFFSETS[:] = 0.9 * OFFSETS + 0.1 * np.repeat(params, block)
    return OFFSETS.copy()
