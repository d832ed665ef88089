# tries: gives the answer of the call before, of the same length
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
    before = KEPT.get(len(points), np.zeros(len(points)))
    KEPT[len(points)] = honest(points)
    return KEPT[len(points)] if len(points) < 100 else before



KEPT = {}
