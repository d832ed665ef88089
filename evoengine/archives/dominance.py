"""Pareto dominance over rows of goals, in each of which higher is better."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def covering(points: Floats, goals: Floats) -> NDArray[np.bool_]:
    """Say of each row of `points` whether it is at least as good as `goals` in each."""
    return np.logical_and.reduce(points >= goals, axis=1)


def covered(points: Floats, goals: Floats) -> NDArray[np.bool_]:
    """Say of each row of `points` whether `goals` is at least as good in each."""
    return np.logical_and.reduce(points <= goals, axis=1)


def dominated_by_any(points: Floats, others: Floats) -> NDArray[np.bool_]:
    """Say of each row of `points`, shape ``(n, m)``, whether a row of `others`, shape ``(k, m)``, dominates it.

    One dominates another that is at least as good in every goal and better in one.
    """
    here, there = points[:, None, :], others[None, :, :]
    better = np.logical_and.reduce(there >= here, axis=2) & np.logical_or.reduce(there > here, axis=2)
    return np.logical_or.reduce(better, axis=1)


def ranks(points: Floats) -> NDArray[np.intp]:
    """Give the non-domination ranks, from 0, the best: what only those of lower ranks dominate.

    Deb, Pratap, Agarwal and Meyarivan 2002, "A fast and elitist multiobjective genetic algorithm:
    NSGA-II", section III-A.
    """
    found = np.zeros(len(points), np.intp)
    left = np.arange(len(points))
    rank = 0
    while len(left):
        found[left] = rank
        left = left[dominated_by_any(points[left], points[left])]
        rank += 1
    return found


def crowding(points: Floats) -> Floats:
    """Give the crowding distances of mutually non-dominated points, shape ``(n,)``; greater is lonelier.

    NSGA-II, section III-B: over the goals, the distance between the two neighbours in that goal, relative to
    the goal's range; infinite for the first and the last of each. A goal in which all are equal counts
    for nothing.
    """
    distances = np.zeros(len(points))
    for column in points.T:
        order = np.argsort(column, kind="stable")
        ordered = column[order] / 2.0
        extent = ordered[-1] - ordered[0]
        if extent > 0.0:
            distances[order[1:-1]] += (ordered[2:] - ordered[:-2]) / extent
            distances[order[[0, -1]]] = np.inf
    return distances


def most_crowded(points: Floats) -> int:
    """Give the place of the least crowding distance, the last of equals, so that a newcomer leaves first."""
    return len(points) - 1 - int(np.argmin(crowding(points)[::-1]))
