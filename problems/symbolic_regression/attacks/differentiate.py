# tries: differentiates the speeds along the trajectory; there is none
# expect: true value 0.004076220033568022

import numpy as np


def equation(x, v, t, params):
    order = np.argsort(t)
    result = np.empty_like(x)
    result[order] = np.gradient(v[order], t[order])
    return params[0] * result
