# tries: an array of objects with methods of their own
# expect: failure

import numpy as np


class Radius:
    def __float__(self):
        return 0.5


def pack(circles):
    return np.array([[0.5, 0.5, Radius()]] * circles, dtype=object)
