import itertools
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.points import DistanceRatio, HeilbronnConvex
from evoengine.evaluation import Invalid

DATA = Path(__file__).parents[1] / "data"
RATIO_LIMIT = Fraction("12.889229907694006312")
"""The value of the best configuration known, from its 30 contacts, to 20 digits."""

COORDINATE = st.integers(-30, 30)
POINTS = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=7, unique=True)


class Returns:
    """A trial whose candidate returns this."""

    def __init__(self, value):
        self._value = value

    def call(self, name, points):
        assert name == "place"
        return self._value


def ratio(rows):
    return DistanceRatio(len(rows)).evaluate(Returns(rows))


def heilbronn(rows):
    return HeilbronnConvex(len(rows)).evaluate(Returns(rows))


def floats(rows):
    return [[float(x), float(y)] for x, y in rows]


def exact_ratio(rows):
    squares = [
        sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(p, q, strict=True))
        for p, q in itertools.combinations(rows, 2)
    ]
    return max(squares) / min(squares)


def area(p, q, r):
    (a, b), (c, d), (e, f) = ((Fraction(x), Fraction(y)) for x, y in (p, q, r))
    return abs((c - a) * (f - b) - (d - b) * (e - a)) / 2


def hull_area(rows):
    """The readable twin: the edges are those pairs that have all points on their left."""
    total = Fraction(0)
    points = [tuple(map(Fraction, row)) for row in rows]
    for p, q in itertools.permutations(points, 2):
        left = [(q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]) for r in points]
        between = [
            r
            for r, turn in zip(points, left, strict=True)
            if turn == 0
            and r not in {p, q}
            and (r[0] - p[0]) * (r[0] - q[0]) + (r[1] - p[1]) * (r[1] - q[1]) > 0
        ]
        if min(left) >= 0 and not between:
            total += (p[0] * q[1] - q[0] * p[1]) / 2
    return total


def test_the_best_points_known_reach_their_limit_and_not_more():
    rows = np.loadtxt(DATA / "min_distance_ratio_16.txt")
    result = ratio(rows.tolist())
    value = result.objectives["squared_ratio"]
    assert result.exact
    assert exact_ratio(rows.tolist()) <= Fraction(value)
    assert 0 <= Fraction(value) - RATIO_LIMIT < Fraction("1e-13")
    assert result.measures["hull_points"] == 11
    assert "smallest distance: 0-3, 0-7," in result.feedback
    assert "and 12 more" in result.feedback
    assert "free to move" not in result.feedback
    assert np.loadtxt(result.artifacts["points"].splitlines()).tolist() == rows.tolist()


@settings(max_examples=100, deadline=None)
@given(POINTS)
def test_the_ratio_is_the_exact_one_rounded_up(rows):
    expected = exact_ratio(rows)
    if expected > 1000:
        with pytest.raises(Invalid, match=r"nearly coincide: .* above 1000"):
            ratio(floats(rows))
        return
    result = ratio(floats(rows))
    value = result.objectives["squared_ratio"]
    assert math.nextafter(value, 0.0) < expected <= value
    assert 0.0 < result.measures["mean_distance"] <= 1.0


def test_points_of_no_extreme_distance_are_named():
    result = ratio([[0.0, 0.0], [1.0, 0.0], [4.0, 0.0], [2.0, 1.5]])
    assert result.objectives == {"squared_ratio": 16.0}
    assert result.measures["hull_points"] == 3
    assert result.feedback.splitlines()[-1] == "points in neither of these, free to move: 3"


def test_points_that_coincide_are_named():
    with pytest.raises(Invalid, match="points 0 and 2 coincide"):
        ratio([[0.1, 0.2], [1.0, 0.0], [0.1, 0.2]])
    with pytest.raises(Invalid, match="points 0 and 1 coincide"):
        ratio([[0.1, 0.2]] * 3)
    with pytest.raises(Invalid, match="points 0 and 1 nearly coincide"):
        ratio([[0.0, 0.0], [1e-300, 0.0], [1e300, 0.0]])


def test_the_best_share_known_is_reached():
    rows = np.loadtxt(DATA / "heilbronn_convex_13.txt").tolist()
    result = heilbronn(rows)
    value = result.objectives["smallest_share"]
    areas = [area(*triple) for triple in itertools.combinations(rows, 3)]
    assert result.exact
    assert Fraction(value) <= min(areas) / hull_area(rows) < math.nextafter(value, 1.0)
    assert value == pytest.approx(0.0309372079, abs=5e-11)
    assert value > 0.030936889034895654
    assert "and 9 more" in result.feedback
    assert "in none of" not in result.feedback


@settings(max_examples=100, deadline=None)
@given(POINTS)
def test_the_smallest_share_is_the_exact_one_rounded_down(rows):
    whole = hull_area(rows)
    if whole == 0:
        with pytest.raises(Invalid, match="all points are on one line"):
            heilbronn(floats(rows))
        return
    areas = [area(*triple) for triple in itertools.combinations(rows, 3)]
    result = heilbronn(floats(rows))
    value = result.objectives["smallest_share"]
    assert result.exact
    assert Fraction(value) <= min(areas) / whole < math.nextafter(value, math.inf)
    assert result.measures["mean_area"] == pytest.approx(float(sum(areas) / len(areas) / whole))


@given(POINTS, st.tuples(*[st.integers(-5, 5)] * 6))
def test_no_affine_map_changes_the_smallest_share(rows, entries):
    a, b, c, d, e, f = entries
    if a * d == b * c or hull_area(rows) == 0:
        return
    moved = [[float(a * x + b * y + e), float(c * x + d * y + f)] for x, y in rows]
    assert heilbronn(moved).objectives == heilbronn(floats(rows)).objectives


def test_points_on_an_edge_are_no_vertices_of_the_hull():
    square = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0], [1.0, 0.0], [2.0, 1.0], [0.9, 1.2]]
    result = heilbronn(square)
    assert result.measures["hull_points"] == 4
    assert result.objectives == {"smallest_share": 0.0}
    assert "smallest triangles: 0-1-4, 1-2-5" in result.feedback
    assert "points in none of the smallest triangles: 3, 6" in result.feedback


def test_a_regular_polygon_has_its_known_share():
    angles = [2 * math.pi * i / 13 for i in range(13)]
    result = heilbronn([[math.cos(angle), math.sin(angle)] for angle in angles])
    assert result.objectives["smallest_share"] == pytest.approx(2 * (1 - math.cos(2 * math.pi / 13)) / 13)
    assert result.measures["hull_points"] == 13


@pytest.mark.parametrize("score", [ratio, heilbronn])
@pytest.mark.parametrize("scale", [1e-160, 1e160])
def test_neither_underflow_nor_overflow_changes_a_score(score, scale):
    rows = [[0.0, 0.0], [3.0, 1.0], [1.0, 2.0], [5.0, 7.0]]
    scaled = [[x * scale, y * scale] for x, y in rows]
    assert score(scaled).objectives == pytest.approx(score(rows).objectives)


@pytest.mark.parametrize("evaluator", [DistanceRatio(3), HeilbronnConvex(3)])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "must be an array"),
        ([[0.0, 1.0]] * 4, "must have 3 items, not 4"),
        ([[0.0, 1.0], [1.0, 0.0], [0.0, math.nan]], "must be finite"),
        ([[0.0, 1.0], [1.0, 0.0], [0.0, True]], "must be a number, not bool"),
    ],
)
def test_what_is_no_list_of_points_is_refused(evaluator, value, reason):
    with pytest.raises(Invalid, match=reason):
        evaluator.evaluate(Returns(value))
