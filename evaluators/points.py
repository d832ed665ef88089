"""Points in the plane, judged in exact arithmetic: Heilbronn's problem and the ratio of distances."""

import itertools
import math
from collections import Counter
from fractions import Fraction
from statistics import fmean

from evaluators.exact import at_least, at_most, to_integers
from evaluators.gates import FloatArray, array
from evoengine.evaluation import Invalid, Score, Trial

RATIO_LIMIT = 1000
"""A larger ratio of squared distances is refused: some points nearly coincide."""

_EXTREME = 1e-6
"""What is within this share of the extreme value counts as extreme in the feedback, and in no score."""

_SHOWN = 10
"""Entries of a list in the feedback."""


class DistanceRatio:
    """Scores points by (largest distance / smallest distance)^2; lower is better.

    The candidate's ``place(points)`` gives a row (x, y) for each point. The ratio does not change with
    the scale, so finite and distinct is all that the points must be. It is computed from squared distances in
    integers, and rounded up to a float: the score is never better than the exact value.

    Parameters
    ----------
    points
        How many are asked for; no more and no fewer are accepted.

    Notes
    -----
    Measures are ``hull_points``, the number of vertices of the convex hull, and ``mean_distance``, the mean
    distance over the largest. The artifact ``points`` holds a line ``x y`` for each, in digits that read
    back to the same floats.
    """

    def __init__(self, points: int = 16) -> None:
        self.points = points
        self._pairs = list(itertools.combinations(range(points), 2))

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for points that are not distinct, or nearly so."""
        rows = array(trial.call("place", self.points), "place(...)", (self.points, 2))
        exact = to_integers(rows)
        squares = [_square(exact[i], exact[j]) for i, j in self._pairs]
        nearest, farthest = min(squares), max(squares)
        if nearest == 0 or farthest > RATIO_LIMIT * nearest:
            i, j = self._pairs[squares.index(nearest)]
            raise Invalid(
                f"points {i} and {j} {'nearly ' if nearest else ''}coincide: "
                f"the squared ratio of the distances is above {RATIO_LIMIT}"
            )
        corners = _hull(exact)
        ratio = at_least(Fraction(farthest, nearest))
        return Score(
            objectives={"squared_ratio": ratio},
            measures={
                "hull_points": float(len(corners)),
                "mean_distance": fmean(math.sqrt(square / farthest) for square in squares),
            },
            feedback=self._feedback(squares, ratio, corners),
            artifacts={"points": _listing(rows)},
            exact=True,
        )

    def _feedback(self, squares: list[int], ratio: float, corners: list[int]) -> str:
        nearest, farthest = min(squares), max(squares)
        near = [pair for pair, s in zip(self._pairs, squares, strict=True) if s / nearest < 1 + _EXTREME]
        far = [pair for pair, s in zip(self._pairs, squares, strict=True) if s / farthest > 1 - _EXTREME]
        held = {point for pair in (*near, *far) for point in pair}
        lines = [
            f"(largest / smallest distance)^2 = {ratio!r} for {self.points} points, in exact arithmetic",
            f"smallest distance: {_shorten(near)}",
            f"largest distance: {_shorten(far)}",
            f"the convex hull has {len(corners)} vertices",
        ]
        if free := [str(point) for point in range(self.points) if point not in held]:
            lines.append(f"points in neither of these, free to move: {', '.join(free)}")
        return "\n".join(lines)


class HeilbronnConvex:
    """Scores points by their smallest triangle over the area of their convex hull; higher is better.

    The candidate's ``place(points)`` gives a row (x, y) for each point. Every three of them make a triangle;
    the value is the smallest area among all of these, over the area of the convex hull of the points. No affine
    map changes it, so the points may lie anywhere. Both areas are computed in integers, and the value is
    rounded down to a float: the score is never better than the exact value. Three points on a line are
    worth 0.

    Parameters
    ----------
    points
        How many are asked for; no more and no fewer are accepted.

    Notes
    -----
    Measures are ``hull_points``, the number of vertices of the convex hull, and ``mean_area``, the mean
    area of a triangle over that of the hull. The artifact ``points`` holds a line ``x y`` for each, in
    digits that read back to the same floats.
    """

    def __init__(self, points: int = 13) -> None:
        self.points = points
        self._triples = list(itertools.combinations(range(points), 3))

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for points that are all on one line."""
        rows = array(trial.call("place", self.points), "place(...)", (self.points, 2))
        exact = to_integers(rows)
        corners = _hull(exact)
        whole = sum(_turn(exact[corners[0]], exact[i], exact[j]) for i, j in itertools.pairwise(corners))
        if whole == 0:
            raise Invalid("all points are on one line, so their convex hull has no area")
        areas = [abs(_turn(exact[i], exact[j], exact[k])) for i, j, k in self._triples]
        value = at_most(Fraction(min(areas), whole))
        shares = [area / whole for area in areas]
        return Score(
            objectives={"smallest_share": value},
            measures={"hull_points": float(len(corners)), "mean_area": fmean(shares)},
            feedback=self._feedback(shares, value, corners),
            artifacts={"points": _listing(rows)},
            exact=True,
        )

    def _feedback(self, shares: list[float], value: float, corners: list[int]) -> str:
        least = min(shares)
        small = [
            triple
            for triple, share in zip(self._triples, shares, strict=True)
            if share <= least * (1 + _EXTREME)
        ]
        often = Counter(point for triple in small for point in triple)
        lines = [
            f"smallest triangle over hull area = {value!r} for {self.points} points, in exact arithmetic",
            f"smallest triangles: {_shorten(small)}",
            f"next larger area: {min((s for s in shares if s > least * (1 + _EXTREME)), default=least):.6g}",
            f"vertices of the convex hull, in order: {', '.join(map(str, corners))}",
        ]
        if free := [str(point) for point in range(self.points) if not often[point]]:
            lines.append(f"points in none of the smallest triangles: {', '.join(free)}")
        return "\n".join(lines)


def _square(one: list[int], other: list[int]) -> int:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _turn(a: list[int], b: list[int], c: list[int]) -> int:
    """Give twice the area of the triangle, positive if it turns left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _hull(points: list[list[int]]) -> list[int]:
    """Give the indices of the vertices of the convex hull, counter-clockwise; points on an edge are none.

    The monotone chain of A. M. Andrew, Information Processing Letters 9, 1979.
    """
    order = sorted(range(len(points)), key=points.__getitem__)
    corners: list[int] = []
    for way in (order, order[::-1]):
        chain: list[int] = []
        for index in way:
            while len(chain) > 1 and _turn(points[chain[-2]], points[chain[-1]], points[index]) <= 0:
                chain.pop()
            chain.append(index)
        corners += chain[:-1]
    return corners


def _listing(rows: FloatArray) -> str:
    return "\n".join(f"{x!r} {y!r}" for x, y in rows.tolist())


def _shorten(groups: list[tuple[int, ...]]) -> str:
    shown = ", ".join("-".join(map(str, group)) for group in groups[:_SHOWN])
    return f"{shown} and {len(groups) - _SHOWN} more" if len(groups) > _SHOWN else shown
