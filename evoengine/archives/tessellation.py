"""Centroids for a CVT archive: functions of what they are asked for, computed once a process."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import count, islice
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evoengine.archives.nearest import nearest, squared_distances
from evoengine.archives.ranges import range_of
from evoengine.problem import Measure
from evoengine.rng import stream

Floats = NDArray[np.float64]

ROUNDS = 10
SAMPLES = 20
"""Points drawn for each centroid."""


def centroids(
    measures: Sequence[Measure], cells: int, *, method: Literal["kmeans", "halton"] = "kmeans", seed: int = 0
) -> Floats:
    """Give `cells` centroids that are spread evenly over the ranges of the measures.

    Parameters
    ----------
    measures
        Numeric, each with a range (`low` and `high`, or edges).
    method
        ``"halton"``: the Halton sequence (Halton 1960), at once. ``"kmeans"``: that, moved by Lloyd's
        algorithm to the means of uniform points, which makes it a centroidal Voronoi tessellation
        (Vassiliades, Chatzilygeroudis and Mouret 2018, "Using centroidal Voronoi tessellations to scale
        up the multidimensional archive of phenotypic elites algorithm", algorithm 3, with 20 points for
        each cell and 10 rounds).
    seed
        For the points.

    Returns
    -------
    numpy.ndarray
        Shape ``(cells, len(measures))``, in the measures' own units; not to be written to.
    """
    if method not in {"kmeans", "halton"}:
        raise ValueError(f"the method must be kmeans or halton, not {method!r}")
    if cells < 1 or not measures:
        raise ValueError(f"centroids need at least one cell and one measure, not {cells} and {len(measures)}")
    low, high = np.array([range_of(measure) for measure in measures]).T
    unit = _spread(cells, len(measures), seed) if method == "kmeans" else halton(cells, len(measures))
    found = low + unit * (high - low)
    found.flags.writeable = False
    return found


def fitted_centroids(points: ArrayLike, cells: int, *, seed: int = 0) -> Floats:
    """Give centroids fitted to data: the means of `cells` clusters of the points.

    k-means++ (Arthur and Vassilvitskii 2007, "k-means++: the advantages of careful seeding", section 2.2)
    and at most 10 rounds of Lloyd's algorithm. Measures of different units should be scaled to like ranges first.

    Parameters
    ----------
    points
        Shape ``(n, measures)``, finite, with at least `cells` different rows.

    Returns
    -------
    numpy.ndarray
        Shape ``(cells, measures)``.
    """
    table: Floats = np.asarray(points, np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise ValueError("the points must be a table of finite numbers")
    if not 1 <= cells <= np.unique(table, axis=0).shape[0]:
        raise ValueError(f"{cells} cells need as many different points, and at least 1")
    rng = stream(seed, -1, "centroids")
    chosen = [int(rng.integers(len(table)))]
    distances = squared_distances(table, table[chosen[0]])
    while len(chosen) < cells:
        cumulative: Floats = np.cumsum(distances)
        chosen.append(int(np.searchsorted(cumulative, rng.random() * float(cumulative[-1]), side="right")))
        distances = np.minimum(distances, squared_distances(table, table[chosen[-1]]))
    return lloyd(table, table[chosen])


def halton(number: int, dimensions: int) -> Floats:
    """Give the first points of the Halton sequence, its origin left out, shape ``(number, dimensions)``, in (0, 1).

    Halton 1960, "On the efficiency of certain quasi-random sequences of points in evaluating
    multi-dimensional integrals". Dimension i is the radical inverse to the base of the i-th prime.
    """
    primes = (n for n in count(2) if all(n % d for d in range(2, int(n**0.5) + 1)))
    points = np.zeros((number, dimensions))
    for dimension, base in enumerate(islice(primes, dimensions)):
        left, share = np.arange(1, number + 1), 1.0
        while left.any():
            share /= base
            points[:, dimension] += share * (left % base)
            left //= base
    return points


def lloyd(points: Floats, start: Floats) -> Floats:
    """Move centroids to the means of the points nearest to them, until they rest or for 10 rounds.

    A centroid that is nearest to no point stays. Of equally near ones, a point belongs to the first.
    """
    found = start
    for _ in range(ROUNDS):
        owners = nearest(points, found)
        counts = np.bincount(owners, minlength=len(found))
        sums = np.stack([np.bincount(owners, column, len(found)) for column in points.T], axis=1)
        moved = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], found)
        if np.array_equal(moved, found):
            break
        found = moved
    return found


@lru_cache(maxsize=32)
def _spread(cells: int, dimensions: int, seed: int) -> Floats:
    points = stream(seed, -1, "centroids").random((cells * SAMPLES, dimensions))
    return lloyd(points, halton(cells, dimensions))
