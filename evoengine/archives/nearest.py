"""Nearest neighbours by Euclidean distance, exact, and the first of equals.

Differences are squared and summed column by column, never by a matrix product, whose rounding depends on
the library and on how many points are asked for at once. So every way to ask gives the same answer.
"""

from bisect import bisect_left, bisect_right

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MANY = 10_000
"""From so many points on, the index is faster than a look at all of them."""


def squared_distances(points: Floats, point: Floats) -> Floats:
    """Give the squared distance of each row of `points` from `point`."""
    distances = np.zeros(len(points))
    for column, value in zip(points.T, point, strict=True):
        difference = column - value
        difference *= difference
        distances += difference
    return distances


class Index:
    """Points sorted by their first coordinate, in which a query looks at a thin slice only.

    In d dimensions a query among n evenly spread points looks at about ``n ** (1 - 1 / d)`` of them.

    Parameters
    ----------
    points
        Shape ``(n, d)``, with n at least 1.
    """

    def __init__(self, points: Floats) -> None:
        few = len(points) < MANY
        self._order = np.arange(len(points)) if few else np.argsort(points[:, 0], kind="stable")
        # By columns in memory, so that a slice of each is contiguous.
        self._points = np.asfortranarray(points[self._order])
        self._first: list[float] = self._points[:, 0].tolist()
        extent = float(np.ptp(points, axis=0).max(initial=0.0))
        self._radius = extent * 2.0 / len(points) ** (1.0 / points.shape[1]) or 1.0

    def nearest(self, point: Floats) -> int:
        """Give the index of the nearest point, the first of equals."""
        if len(self._first) < MANY:
            return int(squared_distances(self._points, point).argmin())
        first, radius = float(point[0]), self._radius
        while True:
            start, stop = bisect_left(self._first, first - radius), bisect_right(self._first, first + radius)
            distances = squared_distances(self._points[start:stop], point)
            least = float(distances.min(initial=np.inf))
            # Whatever lies outside the slice is farther away than the radius, but for rounding.
            if least < (0.999 * radius) ** 2 or stop - start == len(self._first):
                return int(self._order[start:stop][distances == least].min())
            radius *= 2.0


def nearest(points: Floats, among: Floats) -> NDArray[np.intp]:
    """Give the index of the row of `among` that is nearest to each point."""
    if len(among) >= MANY:
        index = Index(among)
        return np.fromiter(map(index.nearest, points), np.intp, len(points))
    found = np.empty(len(points), np.intp)
    step = max(1, 64_000 // len(among))
    for start in range(0, len(points), step):
        some = points[start : start + step]
        table = np.zeros((len(some), len(among)))
        for column, other in zip(some.T, among.T, strict=True):
            difference = column[:, None] - other
            difference *= difference
            table += difference
        found[start : start + step] = table.argmin(axis=1)
    return found
