"""Selection by cases, children, bounds and temperatures that change."""

import math
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from evoengine import selection
from evoengine.rng import stream
from evoengine.testing.archives import scored
from tests.unit.test_selection import elites, near, shares


def with_cases(*rows):
    return [
        scored(i, sum(row), cases={f"case {j}": score for j, score in enumerate(row)})
        for i, row in enumerate(rows)
    ]


def table(known):
    return selection.case_scores(known, list(known[0].evaluation.cases))


def test_case_scores_are_a_row_for_each_candidate_in_the_order_of_the_cases():
    known = with_cases((1.0, 2.0), (3.0, 4.0))
    assert selection.case_scores(known, ["case 1", "case 0"]).tolist() == [[2.0, 1.0], [4.0, 3.0]]
    assert selection.case_scores([], ["case 0"]).shape == (0, 1)


def test_a_case_without_a_score_is_named():
    with pytest.raises(ValueError, match="'0-0' has no score on the case 'case 2'"):
        selection.case_scores(with_cases((1.0, 2.0)), ["case 0", "case 2"])


def test_lexicase_chooses_specialists_by_the_case_that_comes_first():
    known = with_cases((9.0, 0.0, 0.0), (0.0, 9.0, 9.0), (5.0, 5.0, 5.0))
    found = shares(lambda rng: selection.lexicase(known, table(known), rng, epsilon=0.0))
    assert found == near([1 / 3, 2 / 3])


def test_lexicase_goes_on_to_the_next_case_among_those_that_tie():
    known = with_cases((1.0, 0.0), (1.0, 1.0))
    assert shares(lambda rng: selection.lexicase(known, table(known), rng, epsilon=0.0)) == near([0.0, 1.0])


def test_lexicase_draws_from_those_that_no_case_tells_apart():
    known = with_cases((1.0, 2.0), (1.0, 2.0))
    assert shares(lambda rng: selection.lexicase(known, table(known), rng)) == near([0.5, 0.5])


def test_lexicase_takes_what_is_within_epsilon_for_equal():
    known = with_cases((10.0,), (9.0,), (0.0,))
    assert shares(lambda rng: selection.lexicase(known, table(known), rng, epsilon=1.0)) == near([0.5, 0.5])
    # The median is 9 and the absolute deviations are 1, 0 and 9: their median is 1.
    assert shares(lambda rng: selection.lexicase(known, table(known), rng)) == near([0.5, 0.5])
    assert shares(lambda rng: selection.lexicase(known, table(known), rng, epsilon=0.9)) == near([1.0])


def test_the_epsilon_of_a_case_is_that_of_all_candidates_not_of_those_left():
    # Case 0 leaves the first two; over all four, the deviation of case 1 is 0.5, over the two 0.05.
    known = with_cases((1.0, 0.0), (1.0, 0.1), (0.0, 1.0), (0.0, 1.1))
    only = table(known)
    found = Counter()
    for k in range(300):
        rng = stream(0, k, "test")
        if np.array_equal(rng.permutation(2), [0, 1]):
            found[selection.lexicase(known, only, stream(0, k, "test")).candidate.proposal] += 1
    assert set(found) == {0, 1}


def test_lexicase_stands_extreme_scores():
    known = with_cases((1.7e308,), (-1.7e308,), (0.0,))
    assert selection.lexicase(known, table(known), stream(0, 0, "test")) in known


def test_the_frontier_is_chosen_from_by_frequency():
    assert shares(lambda rng: selection.frontier_frequency(elites(1.0, 9.0), np.array([3, 1]), rng)) == near(
        [0.75, 0.25]
    )


def cluster(*lengths):
    members = [scored(i, 1.0) for i in range(len(lengths))]
    return SimpleNamespace(members=members, lengths=lengths, shortest=min(lengths), longest=max(lengths))


def test_a_cluster_is_chosen_by_the_softmax_of_its_score():
    clusters = [cluster(5), SimpleNamespace(**{**vars(cluster(5)), "members": [scored(1, 2.0)]})]
    found = shares(lambda rng: selection.cluster_softmax(clusters, np.array([0.0, math.log(9.0)]), 2.0, rng))
    assert found == near([0.25, 0.75])


def test_short_members_of_a_cluster_are_preferred_by_the_softmax_of_their_length():
    found = shares(lambda rng: selection.cluster_softmax([cluster(50, 100)], np.zeros(1), 1.0, rng))
    assert found == near([1 / (1 + math.exp(-0.5)), math.exp(-0.5) / (1 + math.exp(-0.5))])


def test_empty_genomes_can_be_chosen():
    assert shares(lambda rng: selection.cluster_softmax([cluster(0, 0)], np.zeros(1), 1.0, rng)) == near(
        [0.5, 0.5]
    )


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def normalised(*weights):
    return [weight / sum(weights) for weight in weights]


def test_score_and_novelty_weigh_a_candidate():
    known = elites(0.5, 0.6, 0.4)
    found = shares(lambda rng: selection.score_novelty(known, {"1-0": 1, "gone": 7}, rng))
    assert found == near(normalised(0.5, sigmoid(1.0) / 2, sigmoid(-1.0)))


def test_candidates_far_below_the_midpoint_still_differ():
    known = elites(-1e6, -1e6)
    assert shares(lambda rng: selection.score_novelty(known, {"0-0": 3}, rng)) == near([0.2, 0.8])
    known = elites(-1e308, -1e308)
    assert shares(lambda rng: selection.score_novelty(known, {}, rng, sharpness=100.0)) == near([0.5, 0.5])


def test_the_median_and_its_deviation_scale_the_score():
    known = elites(100.0, 101.0, 103.0)
    found = shares(lambda rng: selection.median_novelty(known, {"2-0": 1}, rng, sharpness=1.0))
    assert found == near(normalised(sigmoid(-1.0), 0.5, sigmoid(2.0) / 2))


def test_without_deviation_only_what_lies_below_the_median_is_left_out():
    found = shares(lambda rng: selection.median_novelty(elites(1.0, 1.0, 1.0, 0.0, 2.0), {}, rng))
    assert found == near([0.2, 0.2, 0.2, 0.0, 0.4])


def test_the_median_stands_extreme_fitness():
    found = shares(lambda rng: selection.median_novelty(elites(1.7e308, -1.7e308, 0.0), {}, rng))
    assert found == near(normalised(sigmoid(10.0), 0.0, 0.5))


def test_the_upper_bound_visits_every_arm_first():
    assert selection.upper_bound([5.0, 0.0, 0.0], [5, 0, 0]) == 1


def test_the_upper_bound_weighs_the_mean_against_the_visits():
    assert selection.upper_bound([0.9 * 50, 0.5 * 50], [50, 50]) == 0
    assert selection.upper_bound([0.9 * 99, 0.5], [99, 1]) == 1
    assert selection.upper_bound([0.9 * 99, 0.5], [99, 1], exploration=0.0) == 0
    assert selection.upper_bound([1.0, 1.0], [2, 2]) == 0


def test_the_upper_bound_stands_discounted_counts():
    assert selection.upper_bound([0.1, 0.2], [0.3, 0.4]) == 1


def test_a_schedule_cools_and_starts_again():
    assert [selection.cooled(0.1, told, 4) for told in (0, 1, 3, 4)] == pytest.approx(
        [0.1, 0.075, 0.025, 0.1]
    )


@pytest.mark.parametrize(
    "choose",
    [
        lambda rng: selection.lexicase([], np.empty((0, 2)), rng),
        lambda rng: selection.frontier_frequency([], np.empty(0, int), rng),
        lambda rng: selection.cluster_softmax([], np.empty(0), 1.0, rng),
        lambda rng: selection.score_novelty([], {}, rng),
        lambda rng: selection.median_novelty([], {}, rng),
    ],
)
def test_nothing_can_be_chosen_from_nothing(choose):
    with pytest.raises(ValueError, match="nothing to choose from"):
        choose(np.random.default_rng(0))


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        (lambda rng: selection.lexicase(elites(1.0), np.zeros((2, 1)), rng), "2 rows of scores for 1"),
        (lambda rng: selection.lexicase(elites(1.0), np.zeros((1, 1)), rng, epsilon=-1.0), "epsilon"),
        (lambda rng: selection.lexicase(elites(1.0), np.zeros((1, 1)), rng, epsilon=math.nan), "epsilon"),
        (lambda rng: selection.cluster_softmax([cluster(1)], np.zeros(1), 0.0, rng), "temperature"),
        (lambda rng: selection.upper_bound([], []), "at least 1"),
        (lambda rng: selection.upper_bound([1.0], [1, 2]), "not 1 and 2"),
        (lambda rng: selection.upper_bound([1.0], [-1]), "at least 0"),
        (lambda rng: selection.upper_bound([1.0], [1], exploration=math.nan), "at least 0"),
        (lambda rng: selection.cooled(1.0, 0, 0), "period"),
    ],
)
def test_impossible_settings_are_refused(choose, message):
    with pytest.raises(ValueError, match=message):
        choose(np.random.default_rng(0))


def test_a_crowded_tournament_goes_by_rank_then_by_distance_then_by_place():
    ranks, crowding = np.array([1, 0, 0, 0]), np.array([math.inf, 1.0, 2.0, 2.0])
    found = shares(lambda rng: selection.crowded_tournament(elites(*range(4)), ranks, crowding, rng))
    # Of the six pairs, place 2 wins three, place 3 two, place 1 one, place 0 none.
    assert found == near([0.0, 1 / 6, 1 / 2, 1 / 3])
    assert selection.crowded_tournament(["one"], ranks[:1], crowding[:1], stream(0, 0, "test")) == "one"
