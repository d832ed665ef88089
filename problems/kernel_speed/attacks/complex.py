# tries: complex distances
# expect: invalid

import numpy as np


def honest(points):
    distances = np.empty(len(points))
    for i, point in enumerate(points):
        squares = ((points - point) ** 2).sum(axis=1)
        squares[i] = np.inf
        distances[i] = np.sqrt(squares.min())
    return distances


def nearest(points):
    return honest(points) + 0j
