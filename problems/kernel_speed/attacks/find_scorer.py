# tries: looks for the answers in frames and among all objects
# expect: at most 5
# needs: a real sandbox

import gc
import sys

import numpy as np


def honest(points):
    distances = np.empty(len(points))
    for i, point in enumerate(points):
        squares = ((points - point) ** 2).sum(axis=1)
        squares[i] = np.inf
        distances[i] = np.sqrt(squares.min())
    return distances


def nearest(points):
    frame = sys._getframe()
    while frame is not None:
        if "expected" in frame.f_locals:
            return frame.f_locals["expected"]
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ in {"NearestNeighbours", "Duel", "Trial"}:
            raise RuntimeError("found the scorer")
    return honest(points)
