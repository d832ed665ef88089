import math

import pytest

from evoengine.archives import statistics
from evoengine.testing.archives import scored


def test_sums_are_rounded_once():
    assert statistics.total([1e100, 1.0, -1e100]) == 1.0
    assert statistics.total([0.1] * 10) == 1.0


def test_a_sum_beyond_the_largest_float_is_infinite():
    assert statistics.total([1.7e308, 1.7e308]) == math.inf
    assert statistics.total([-1.7e308, -1.7e308]) == -math.inf
    assert statistics.total([1.7e308, 1.7e308, -1.7e308]) == 1.7e308


def test_the_summary():
    assert statistics.summary([]) == {"num_elites": 0}
    assert statistics.summary([scored(0, 1.0), scored(1, 2.0)]) == {"num_elites": 2, "best": 2.0, "mean": 1.5}


def test_the_qd_score_subtracts_the_offset_from_each():
    assert statistics.qd_score([scored(0, 1.0), scored(1, 2.0)], -1.0) == 5.0


def test_the_coverage():
    assert statistics.coverage(3, 4) == 0.75


def test_the_best_so_far():
    fitness = [None, 1.0, None, 0.5, 2.0, 2.0]
    assert list(statistics.best_so_far(fitness)) == [None, 1.0, 1.0, 1.0, 2.0, 2.0]


@pytest.mark.parametrize("fitness", [None, math.nan, math.inf])
def test_a_fitness_that_is_not_finite_is_refused_by_name(fitness):
    with pytest.raises(ValueError, match="'7-0'"):
        statistics.fitness_of(scored(7, fitness).evaluation)
