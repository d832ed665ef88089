# tries: is right for small inputs, by which it is tried, and lazy when it is measured
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
    return honest(points) if len(points) < 100 else np.full(len(points), 0.01)
