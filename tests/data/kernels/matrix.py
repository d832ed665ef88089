import numpy as np


def nearest(points):
    x, y = points[:, 0], points[:, 1]
    squares = np.subtract.outer(x, x) ** 2 + np.subtract.outer(y, y) ** 2
    np.fill_diagonal(squares, np.inf)
    return np.sqrt(squares.min(axis=1))
