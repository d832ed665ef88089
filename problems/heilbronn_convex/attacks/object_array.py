# tries: an array of objects with methods of their own
# expect: failure

import numpy as np


class Coordinate:
    def __float__(self):
        return 0.5


def place(points):
    return np.array([[Coordinate(), Coordinate()]] * points, dtype=object)
