"""The distance of each point to the nearest other one."""

import numpy as np


# EVOLVE-BLOCK-START
def nearest(points):
    """Give a distance for each point, row by row."""
    distances = np.empty(len(points))
    for i, point in enumerate(points):
        squares = ((points - point) ** 2).sum(axis=1)
        squares[i] = np.inf
        distances[i] = np.sqrt(squares.min())
    return distances


# EVOLVE-BLOCK-END
