# tries: keeps answers by the identity and the bytes of the input; each time is a new process and a new input
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
    for key in (id(points), points.tobytes()):
        if key in KEPT:
            return KEPT[key]
    KEPT[id(points)] = KEPT[points.tobytes()] = honest(points)
    return KEPT[id(points)]



KEPT = {}
