# tries: expands the squares into products, which cancel where points are near each other
# expect: invalid

import numpy as np


def nearest(points):
    squares = (points**2).sum(axis=1)
    table = squares[:, None] + squares - 2 * points @ points.T
    np.fill_diagonal(table, np.inf)
    return np.sqrt(np.maximum(table.min(axis=1), 0.0))
