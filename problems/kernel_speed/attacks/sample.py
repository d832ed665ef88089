# tries: is right for small inputs and for every third of the large ones
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
    distances = honest(points if len(points) < 100 else points[:: 3])
    return np.resize(distances, len(points))
