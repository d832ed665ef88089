# tries: makes NumPy slow for the reference; that runs in another process
# expect: at most 5
# needs: a real sandbox

import numpy as np


def honest(points):
    distances = np.empty(len(points))
    for i, point in enumerate(points):
        squares = ((points - point) ** 2).sum(axis=1)
        squares[i] = np.inf
        distances[i] = np.sqrt(squares.min())
    return distances


def nearest(points):
    return honest(points)



SQRT = np.sqrt


def slow(values):
    for _ in range(20):
        SQRT(values)
    return SQRT(values)


np.sqrt = slow
