import math

import pytest

from evoengine.archives import statistics
from evoengine.problem import Objective
from evoengine.testing.archives import scored


def test_sums_are_rounded_once():
    assert statistics.total([1e100, 1.0, -1e100]) == 1.0
    assert statistics.total([0.1] * 10) == 1.0


def test_a_sum_beyond_the_largest_float_is_infinite():
    assert statistics.total([1.7e308, 1.7e308]) == math.inf
    assert statistics.total([-1.7e308, -1.7e308]) == -math.inf
    assert statistics.total([1.7e308, 1.7e308, -1.7e308]) == 1.7e308


def test_the_summary():
    assert statistics.summary([], None) == {"num_elites": 0}
    held = [scored(0, 1.0), scored(1, 2.0)]
    assert statistics.summary(held, scored(2, 5.0)) == {"num_elites": 2, "best": 5.0, "mean": 1.5}


def test_the_lower_bound_shrinks_with_the_root_of_the_repeats():
    evaluation = scored(0, 10.0, repeats=4, deviation=3.0).evaluation
    assert statistics.lower_bound(evaluation, 0.0) == 10.0
    assert statistics.lower_bound(evaluation, 2.0) == 7.0
    assert statistics.lower_bound(scored(0, 10.0).evaluation, 2.0) == 10.0


def test_a_revised_candidate_keeps_its_id():
    known = statistics.revised(scored(0, 9.0), scored(5, 3.0, repeats=2).evaluation)
    assert known.candidate.id == known.evaluation.candidate == "0-0"
    assert known.evaluation.fitness == 3.0


@pytest.mark.parametrize("confidence", [-1.0, math.nan, math.inf])
def test_an_impossible_confidence_is_refused(confidence):
    with pytest.raises(ValueError, match="confidence"):
        statistics.confidence_checked(confidence)


def test_scores_are_given_in_the_order_asked_for():
    evaluation = scored(0, 1.0, cases={"a": 1.0, "b": 2.0}).evaluation
    assert statistics.scores_on(evaluation, ["b", "a"]).tolist() == [2.0, 1.0]


def test_goals_are_the_objectives_turned_so_that_higher_is_better():
    evaluation = scored(0, 1.0, objectives={"speed": 3.0, "cost": 2.0}).evaluation
    objectives = [Objective("cost", "min"), Objective("speed")]
    assert statistics.goals_of(evaluation, objectives).tolist() == [-2.0, 3.0]
    with pytest.raises(ValueError, match="'0-0' has no finite objective 'size', but None"):
        statistics.goals_of(evaluation, [Objective("size")])


@pytest.mark.parametrize("score", [None, math.nan, math.inf])
def test_a_score_that_is_missing_or_not_finite_is_named(score):
    cases = {"a": 1.0} if score is None else {"a": 1.0, "b": score}
    with pytest.raises(ValueError, match=f"'0-0' has no finite score on the case 'b', but {score}"):
        statistics.scores_on(scored(0, 1.0, cases=cases).evaluation, ["a", "b"])


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
