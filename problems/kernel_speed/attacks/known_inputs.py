# tries: draws the inputs of the default seed again and answers from memory
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
    return ANSWERS[len(points)] if len(points) in ANSWERS else honest(points)



RNG = np.random.default_rng([0, 0])
ANSWERS = {count: honest(RNG.random((count, 2))) for count in (300, 800, 1600)}
