import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.packing import OVERLAP_LIMIT, UnitSquare
from evoengine.evaluation import Invalid

DATA = Path(__file__).parents[1] / "data"
LIMITS = {26: Fraction("2.635983084917607783"), 32: Fraction("2.939572771206323635")}


class Returns:
    """A trial whose candidate returns this."""

    def __init__(self, value):
        self._value = value

    def call(self, name, circles):
        assert name == "pack"
        return self._value


def score(rows):
    return UnitSquare(len(rows)).evaluate(Returns(rows))


def scored_rows(result):
    return [[float(part) for part in line.split()] for line in result.artifacts["packing"].splitlines()]


def is_strictly_valid(rows):
    """The readable twin: every float is a fraction, nothing is tolerated."""
    circles = [tuple(Fraction(value) for value in row) for row in rows]
    return all(r <= min(x, y, 1 - x, 1 - y) and r >= 0 for x, y, r in circles) and all(
        (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 >= (a[2] + b[2]) ** 2
        for i, a in enumerate(circles)
        for b in circles[:i]
    )


def best_known(circles):
    return np.loadtxt(DATA / f"circle_packing_{circles}.txt")


@pytest.mark.parametrize("circles", [26, 32])
def test_the_best_packings_known_reach_their_limit_and_not_more(circles):
    result = score(best_known(circles).tolist())
    assert result.exact
    total = result.objectives["sum_of_radii"]
    assert is_strictly_valid(scored_rows(result))
    assert float(LIMITS[circles]) - total < 1e-13
    assert sum(Fraction(row[2]) for row in scored_rows(result)) <= LIMITS[circles]


def test_a_tolerance_is_worth_nothing():
    rows = best_known(26)
    inflated = rows.copy()
    inflated[:, 2] += 4e-7
    result = score(np.clip(inflated, 0, 1))
    assert inflated[:, 2].sum() > float(LIMITS[26]) + 1e-5
    assert result.objectives["sum_of_radii"] <= float(LIMITS[26])
    assert "all radii were shrunk" in result.feedback
    assert is_strictly_valid(scored_rows(result))


def test_a_strictly_valid_packing_is_scored_as_it_is():
    rows = [[0.25, 0.25, 0.25], [0.75, 0.25, 0.25], [0.25, 0.75, 0.25], [0.75, 0.75, 0.25]]
    result = score(rows)
    assert result.objectives == {"sum_of_radii": 1.0}
    assert scored_rows(result) == rows
    assert result.measures["radius_spread"] == 0.0
    assert result.measures["center_distance"] == pytest.approx(math.sqrt(0.125))
    assert "shrunk" not in result.feedback
    assert "could grow" not in result.feedback


def test_an_overlap_in_the_last_place_is_found_and_removed():
    reach = math.nextafter(0.25, 1.0)
    result = score([[0.25, 0.5, 0.25], [0.75, 0.5, 0.25 + 1e-17], [0.5, 0.9, 0.01]])
    assert result.objectives["sum_of_radii"] == 0.51
    rows = [[0.25, 0.5, 0.25], [0.75, 0.5, reach], [0.5, 0.9, 0.01]]
    assert not is_strictly_valid(rows)
    shrunk = score(rows)
    assert is_strictly_valid(scored_rows(shrunk))
    assert 0.0 < 0.51 - shrunk.objectives["sum_of_radii"] < 1e-14


@pytest.mark.parametrize("radius", [1e-3, 1e-5, 1e-7])
def test_small_circles_lose_no_more_than_the_rounding_of_their_places(radius):
    rows = [
        [0.7 + 2 * radius * i / math.sqrt(2), 0.6 + 2 * radius * i / math.sqrt(2), radius] for i in range(26)
    ]
    assert not is_strictly_valid(rows)
    result = score(rows)
    assert is_strictly_valid(scored_rows(result))
    assert result.objectives["sum_of_radii"] == pytest.approx(26 * radius, abs=1e-14)


def test_a_factor_that_is_itself_rounded_up_is_lowered_further():
    """Here one unit in the last place is not enough."""
    rows = [
        [0.31499892504068316, 0.4280250898857092, 0.05206507137264867],
        [0.49444786026898724, 0.6433129649560069, 0.22820406625555384],
    ]
    assert not is_strictly_valid(rows)
    result = score(rows)
    assert is_strictly_valid(scored_rows(result))
    assert result.objectives["sum_of_radii"] == pytest.approx(rows[0][2] + rows[1][2], abs=1e-15)


def test_circles_that_touch_nothing_are_named():
    result = score([[0.5, 0.5, 0.1], [0.1, 0.1, 0.1]])
    assert result.feedback.splitlines()[-1] == "circles that touch nothing and could grow: 0"


def test_large_overlaps_are_refused_by_name():
    with pytest.raises(
        Invalid, match=r"^invalid: circles 0 and 2 overlap by 0.1\ncircle 1 sticks out of the square by 0.1$"
    ):
        score([[0.5, 0.5, 0.1], [0.9, 0.9, 0.2], [0.6, 0.5, 0.1]])
    with pytest.raises(Invalid, match="and 315 more"):
        score([[0.5, 0.5, 0.2]] * 26)


def test_circles_of_no_size_may_share_a_place():
    result = score([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])
    assert result.objectives == {"sum_of_radii": 0.0}


coordinates = st.floats(0.0, 1.0)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(coordinates, coordinates), min_size=2, max_size=6),
    st.lists(st.floats(-2.0, 2.0), min_size=6, max_size=6),
)
def test_every_score_is_of_a_strictly_valid_packing(centers, errors):
    """Circles grown until they touch, then disturbed by up to twice the limit of what is mended."""
    radii = [min(x, y, 1 - x, 1 - y) for x, y in centers]
    for i in range(len(centers)):
        for j in range(i):
            distance = math.dist(centers[i], centers[j])
            if radii[i] + radii[j] > distance:
                radii[i], radii[j] = min(radii[i], distance / 2), min(radii[j], distance / 2)
    rows = [
        [x, y, min(max(r + error * OVERLAP_LIMIT, 0.0), 1.0)]
        for (x, y), r, error in zip(centers, radii, errors, strict=False)
    ]
    try:
        result = score(rows)
    except Invalid:
        assert not is_strictly_valid(rows)
        return
    shrunk = scored_rows(result)
    assert is_strictly_valid(shrunk)
    assert [row[:2] for row in shrunk] == [row[:2] for row in rows]
    assert result.objectives["sum_of_radii"] == math.fsum(row[2] for row in shrunk)
    if is_strictly_valid(rows):
        assert shrunk == rows
