import math

import numpy as np
import pytest

from evoengine.archives import CategoryAxis, NumericAxis, make_axis
from evoengine.problem import Measure


@pytest.fixture
def quarters():
    return make_axis(Measure("size", 0.0, 1.0, 4))


@pytest.mark.parametrize(
    ("value", "cell", "clipped"),
    [
        (0.0, 0, False),
        (0.2, 0, False),
        (0.25, 1, False),
        (math.nextafter(0.25, 0.0), 0, False),
        (0.75, 3, False),
        (1.0, 3, False),
        (math.nextafter(1.0, 2.0), 3, True),
        (-1e-300, 0, True),
        (-0.0, 0, False),
        (3e9, 3, True),
        (-1e300, 0, True),
        (1, 3, False),
    ],
)
def test_both_ends_belong_to_the_outer_bins_and_the_rest_is_clipped(quarters, value, cell, clipped):
    assert quarters.locate(value) == (cell, clipped)


def test_a_column_is_located_as_its_values_are(quarters):
    values = np.random.default_rng(0).uniform(-0.5, 1.5, 200)
    bins, clipped = quarters.locate_all(values)
    one_by_one = [quarters.locate(value) for value in values.tolist()]
    assert bins.tolist() == [cell for cell, _ in one_by_one]
    assert clipped == sum(outside for _, outside in one_by_one)


def test_the_published_edges_decide_where_arithmetic_would_round():
    axis = make_axis(Measure("m", 0.0, 0.7, 7))
    assert axis.edges == tuple(np.linspace(0.0, 0.7, 8).tolist())
    for i, edge in enumerate(axis.edges[:-1]):
        assert axis.locate(edge)[0] == i
        assert axis.locate(math.nextafter(edge, -1.0))[0] == max(0, i - 1)


def test_explicit_edges_may_be_uneven():
    axis = make_axis(Measure("m", edges=(0.0, 0.005, 0.5, 0.995, 1.0)))
    assert axis.bins == 4
    assert [axis.locate(value)[0] for value in (0.0, 0.005, 0.4, 0.995, 1.0)] == [0, 1, 1, 3, 3]


def test_categories_are_bins_in_the_order_given():
    axis = make_axis(Measure("kind", categories=("greedy", "exact")))
    assert isinstance(axis, CategoryAxis)
    assert axis.bins == 2
    assert axis.locate("exact") == (1, False)
    bins, clipped = axis.locate_all(["exact", "greedy", "exact"])
    assert (bins.tolist(), clipped) == ([1, 0, 1], 0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "0.5"])
def test_a_value_that_is_not_a_finite_number_is_refused(quarters, value):
    with pytest.raises(ValueError, match=r"'size' is .*, not a finite number"):
        quarters.locate(value)


def test_a_column_with_a_value_that_is_not_finite_is_refused(quarters):
    with pytest.raises(ValueError, match="'size'"):
        quarters.locate_all([0.5, math.nan])


@pytest.mark.parametrize("value", ["fast", 1.0])
def test_an_unknown_category_is_refused(value):
    axis = CategoryAxis("kind", ["greedy", "exact"])
    with pytest.raises(ValueError, match=r"'kind' is .*, not one of greedy, exact"):
        axis.locate(value)
    with pytest.raises(ValueError, match="kind"):
        axis.locate_all([value])


@pytest.mark.parametrize(
    "measure",
    [
        Measure("m"),
        Measure("m", bins=3, categories=("a",)),
        Measure("m", bins=3, edges=(0.0, 1.0)),
        Measure("m", 1.0, 1.0, 3),
        Measure("m", 1.0, 0.0, 3),
        Measure("m", math.nan, 1.0, 3),
        Measure("m", 0.0, math.inf, 3),
        Measure("m", -1e308, 1e308, 3),
        Measure("m", 1.0, math.nextafter(1.0, 2.0), 3),
        Measure("m", 0.0, 1.0, -2),
        Measure("m", edges=(1.0,)),
        Measure("m", edges=(0.0, 1.0, 1.0)),
        Measure("m", edges=(0.0, 2.0, 1.0)),
        Measure("m", edges=(0.0, math.nan)),
        Measure("m", categories=("a", "b", "a")),
    ],
)
def test_a_measure_that_makes_no_axis_is_named(measure):
    with pytest.raises(ValueError, match="measure 'm'"):
        make_axis(measure)


def test_no_categories_make_no_axis():
    with pytest.raises(ValueError, match="measure 'm'"):
        CategoryAxis("m", [])


def test_an_axis_keeps_its_name():
    assert NumericAxis("size", [0, 1]).name == "size"
