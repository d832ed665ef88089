# tries: gives an object that claims to be an array when it is asked
# expect: failure

import numpy as np


def honest(points):
    distances = np.empty(len(points))
    for i, point in enumerate(points):
        squares = ((points - point) ** 2).sum(axis=1)
        squares[i] = np.inf
        distances[i] = np.sqrt(squares.min())
    return distances


class Promise:
    def __init__(self, points):
        self.points = points

    def __array__(self, dtype=None, copy=None):
        return honest(self.points)


def nearest(points):
    return Promise(points)
