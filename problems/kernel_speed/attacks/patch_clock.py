# tries: stops all clocks; the one that counts is outside
# expect: at most 5
# needs: a real sandbox

import time

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



for clock in ("time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns", "process_time"):
    setattr(time, clock, lambda: 0)
