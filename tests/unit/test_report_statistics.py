"""Figures of a few runs, against values worked out by hand and exact distributions."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.report.statistics import (
    FEWEST,
    LEVEL,
    coverage_of_range,
    improvement_interval,
    median,
    median_interval,
    probability_of_improvement,
    quartiles,
)

VALUES = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=9)


def test_medians_by_hand():
    assert median([3.0]) == 3.0
    assert median([5.0, 1.0, 2.0]) == 2.0
    assert median([4.0, 1.0]) == 2.5
    assert median([1.0, 2.0, math.inf]) == 2.0
    assert median([1.0, 2.0, math.inf, math.inf]) == math.inf
    assert median([math.inf, math.inf]) == math.inf
    with pytest.raises(ValueError, match="no values"):
        median([])


@given(VALUES)
def test_medians_and_quartiles_are_those_of_numpy(values):
    assert median(values) == np.median(values)
    assert quartiles(values) == tuple(np.percentile(values, [25, 75]))


def test_quartiles_by_hand():
    assert quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == (2.0, 4.0)
    assert quartiles([1.0, 2.0]) == (1.25, 1.75)


def test_the_fewest_runs_are_those_whose_range_can_hold_the_median():
    assert FEWEST == 6
    assert [coverage_of_range(n) for n in (1, 2, 5, 6)] == [0.0, 0.5, 0.9375, 0.96875]
    assert median_interval([1.0, 2.0, 3.0, 4.0, 5.0]) is None
    assert improvement_interval([1.0] * 6, [2.0] * 5) is None


def exact_quantile(n, share):
    """The place (from 0) of the order statistic at which the bootstrap's median of n values, n odd, has a share."""
    below = [
        sum(math.comb(n, j) * (k / n) ** j * (1 - k / n) ** (n - j) for j in range((n + 1) // 2, n + 1))
        for k in range(1, n + 1)
    ]
    return next(place for place, mass in enumerate(below) if mass >= share)


@pytest.mark.parametrize("n", [7, 9, 11, 21])
def test_the_interval_of_the_median_is_that_of_the_exact_bootstrap(n):
    values = [float(k * k) for k in range(n)]
    tail = (1 - LEVEL) / 2
    assert median_interval(values[::-1]) == (
        values[exact_quantile(n, tail)],
        values[exact_quantile(n, 1 - tail)],
    )


def test_equal_values_give_an_equal_interval_and_no_width():
    values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0]
    assert median_interval(values) == median_interval(values)
    assert median_interval([2.0] * 6) == (2.0, 2.0)


def test_probabilities_of_improvement_by_hand():
    assert probability_of_improvement([3.0, 4.0], [1.0, 3.0]) == 0.875
    assert probability_of_improvement([1.0], [2.0]) == 0.0
    assert probability_of_improvement([2.0, 2.0], [2.0]) == 0.5
    for nothing in ([], [1.0]), ([1.0], []):
        with pytest.raises(ValueError, match="must have runs"):
            probability_of_improvement(*nothing)


@given(VALUES, VALUES)
def test_a_probability_of_improvement_counts_the_pairs(ours, theirs):
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in product(ours, theirs)]
    found = probability_of_improvement(ours, theirs)
    assert found == pytest.approx(sum(pairs) / len(pairs))
    assert found + probability_of_improvement(theirs, ours) == pytest.approx(1.0)


@settings(max_examples=20)
@given(st.lists(st.integers(-5, 5).map(float), min_size=12, max_size=12))
def test_the_interval_of_an_improvement_holds_its_estimate(values):
    ours, theirs = values[:6], values[6:]
    low, high = improvement_interval(ours, theirs)
    assert 0.0 <= low <= probability_of_improvement(ours, theirs) <= high <= 1.0


def test_the_interval_of_an_improvement_is_a_point_where_all_pairs_agree_and_wide_where_they_do_not():
    low, high = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [11.0, 12.0, 13.0, 14.0, 15.0, 16.0]
    assert improvement_interval(high, low) == (1.0, 1.0)
    left, right = improvement_interval(low, low)
    assert left < 0.3
    assert right > 0.7
