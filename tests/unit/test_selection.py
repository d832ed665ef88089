import math
from collections import Counter

import numpy as np
import pytest

from evoengine import selection
from evoengine.archives import GridArchive
from evoengine.problem import Measure
from evoengine.rng import stream
from evoengine.testing.archives import insert, scored

DRAWS = 4000


def elites(*fitness):
    return [scored(i, value) for i, value in enumerate(fitness)]


def shares(choose):
    """Give how often each proposal is chosen, as a share."""
    rng = stream(0, 0, "test")
    counts = Counter(choose(rng).candidate.proposal for _ in range(DRAWS))
    return [counts[i] / DRAWS for i in range(max(counts) + 1)]


def near(expected):
    """Within five standard errors of the shares expected."""
    return pytest.approx(expected, abs=5 * 0.5 / math.sqrt(DRAWS))


def test_uniform_chooses_all_alike():
    assert shares(lambda rng: selection.uniform(elites(9.0, 1.0, 1.0, 0.0), rng)) == near([0.25] * 4)


def test_a_tournament_of_two_prefers_the_fitter():
    found = shares(lambda rng: selection.tournament(elites(1.0, 3.0, 2.0), 2, rng))
    # Of the three pairs, the fittest wins two, the second one, the third none.
    assert found == near([0.0, 2 / 3, 1 / 3])


def test_a_tournament_of_all_takes_the_fittest_and_of_equals_the_earliest():
    for k in (4, 100):
        chosen = selection.tournament(elites(1.0, 3.0, 3.0, 2.0), k, stream(0, 0, "test"))
        assert chosen.candidate.proposal == 1


def test_roulette_is_proportional_to_fitness_above_the_shift():
    assert shares(lambda rng: selection.roulette(elites(1.0, 3.0), rng)) == near([0.25, 0.75])
    assert shares(lambda rng: selection.roulette(elites(1.0, 3.0), rng, shift=-1.0)) == near([1 / 3, 2 / 3])


def test_roulette_never_takes_what_is_worth_nothing_while_something_is_worth_more():
    assert shares(lambda rng: selection.roulette(elites(0.0, 2.0, -5.0, 2.0, 0.0), rng)) == near(
        [0.0, 0.5, 0.0, 0.5]
    )


def test_roulette_without_worth_is_uniform():
    assert shares(lambda rng: selection.roulette(elites(-1.0, -2.0), rng)) == near([0.5, 0.5])


def test_roulette_stands_extreme_fitness():
    chosen = selection.roulette(elites(-1.7e308, 1.7e308), stream(0, 0, "test"), shift=-1.7e308)
    assert chosen.candidate.proposal == 1


def test_boltzmann_is_proportional_to_the_exponential():
    found = shares(lambda rng: selection.boltzmann(elites(0.0, math.log(3.0)), 1.0, rng))
    assert found == near([0.25, 0.75])
    found = shares(lambda rng: selection.boltzmann(elites(0.0, math.log(9.0)), 2.0, rng))
    assert found == near([0.25, 0.75])


@pytest.mark.parametrize("temperature", [1e-300, 5e-324])
def test_a_cold_boltzmann_takes_the_fittest_alike(temperature):
    found = shares(lambda rng: selection.boltzmann(elites(1e308, -1e308, 1e308), temperature, rng))
    assert found == near([0.5, 0.0, 0.5])


def test_a_hot_boltzmann_is_uniform():
    found = shares(lambda rng: selection.boltzmann(elites(-1e3, 1e3), math.inf, rng))
    assert found == near([0.5, 0.5])


def test_the_power_law_goes_by_rank_and_the_earlier_of_equals_ranks_higher():
    found = shares(lambda rng: selection.power_law(elites(5.0, 5.0, 1e9), 1.0, rng))
    assert found == near([3 / 11, 2 / 11, 6 / 11])
    found = shares(lambda rng: selection.power_law(elites(5.0, 5.0, 1e9), 0.0, rng))
    assert found == near([1 / 3] * 3)


def test_reciprocal_rank_presses_mildly_and_the_earlier_of_equals_ranks_higher():
    found = shares(lambda rng: selection.reciprocal_rank(elites(1.0, 7.0, 1.0), rng))
    weights = [1 / 5, 1 / 4, 1 / 6]
    assert found == near([weight / sum(weights) for weight in weights])


def test_an_unequal_pair_has_the_fitter_first_and_is_any_such_pair_alike():
    rng, known = stream(0, 0, "test"), elites(1.0, 2.0, 1.0)
    pairs = [tuple(k.candidate.proposal for k in selection.unequal_pair(known, rng)) for _ in range(DRAWS)]
    assert set(pairs) == {(1, 0), (1, 2)}
    assert pairs.count((1, 0)) / DRAWS == near(0.5)
    assert selection.unequal_pair(elites(3.0, 3.0), rng) == ()


def test_inspirations_are_distinct_uniform_and_not_the_parents():
    known = elites(*range(6))
    counts = Counter()
    for k in range(600):
        chosen = selection.inspirations(known, 2, stream(0, k, "test"), exclude={"0-0", "gone"})
        ids = [each.candidate.id for each in chosen]
        assert len(set(ids)) == 2
        assert "0-0" not in ids
        counts.update(ids)
    assert len(counts) == 5
    assert all(abs(count - 240) < 5 * math.sqrt(240) for count in counts.values())


def test_inspirations_are_as_many_as_there_are():
    rng = stream(0, 0, "test")
    assert len(selection.inspirations(elites(1.0, 2.0), 5, rng)) == 2
    assert len(selection.inspirations(elites(1.0, 2.0), 5, rng, exclude=["0-0"])) == 1
    assert selection.inspirations(elites(1.0, 2.0), 0, rng) == []
    assert selection.inspirations([], 3, rng) == []


def test_an_archive_is_chosen_from_without_a_copy():
    grid = GridArchive([Measure("size", bins=10)])
    for i in range(10):
        insert(grid, scored(i, float(i), {"size": i / 10}))
    parent = selection.tournament(grid.elites(), 10, stream(0, 0, "ask"))
    assert parent is grid.best()


@pytest.mark.parametrize(
    "choose",
    [
        selection.uniform,
        lambda none, rng: selection.tournament(none, 2, rng),
        selection.roulette,
        lambda none, rng: selection.boltzmann(none, 1.0, rng),
        lambda none, rng: selection.power_law(none, 1.0, rng),
        selection.reciprocal_rank,
    ],
)
def test_nothing_can_be_chosen_from_nothing(choose):
    with pytest.raises(ValueError, match="nothing to choose from"):
        choose([], np.random.default_rng(0))


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        (lambda some, rng: selection.tournament(some, 0, rng), "at least 1 contestant"),
        (lambda some, rng: selection.boltzmann(some, 0.0, rng), "temperature"),
        (lambda some, rng: selection.boltzmann(some, math.nan, rng), "temperature"),
        (lambda some, rng: selection.power_law(some, -1.0, rng), "exponent"),
        (lambda some, rng: selection.power_law(some, math.inf, rng), "exponent"),
        (lambda some, rng: selection.inspirations(some, -1, rng), "at least 0"),
    ],
)
def test_impossible_settings_are_refused(choose, message):
    with pytest.raises(ValueError, match=message):
        choose(elites(1.0), np.random.default_rng(0))


def test_a_failed_candidate_cannot_be_chosen_by_fitness():
    with pytest.raises(ValueError, match="'0-0' has no fitness"):
        selection.roulette([scored(0, None, status="crash")], np.random.default_rng(0))


def test_the_fittest_come_best_first_and_equals_as_they_stand():
    found = selection.fittest(elites(1.0, 3.0, 2.0, 3.0), 3)
    assert [known.candidate.proposal for known in found] == [1, 3, 2]
    assert selection.fittest(elites(1.0), 5) == elites(1.0)


def test_a_scaled_boltzmann_does_not_depend_on_the_unit_of_the_fitness():
    expected = 1 / (1 + math.exp(-2.0))
    for low, high in ((0.0, 1.0), (-5e9, 5e9), (-1.7e308, 1.7e308)):
        some = elites(low, high)
        found = shares(lambda rng, some=some: selection.boltzmann(some, 0.5, rng, scaled=True))
        assert found == near([1 - expected, expected])
    assert shares(lambda rng: selection.boltzmann(elites(3.0, 3.0), 0.5, rng, scaled=True)) == near(
        [0.5, 0.5]
    )
