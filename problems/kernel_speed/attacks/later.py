# tries: gives an array that a thread fills when the clock has stopped
# expect: failure

import threading

import numpy as np


def honest(points):
    distances = np.empty(len(points))
    for i, point in enumerate(points):
        squares = ((points - point) ** 2).sum(axis=1)
        squares[i] = np.inf
        distances[i] = np.sqrt(squares.min())
    return distances


def nearest(points):
    if len(points) < 100:
        return honest(points)
    distances = np.zeros(len(points))
    threading.Thread(target=lambda: distances.__setitem__(slice(None), honest(points))).start()
    return distances
