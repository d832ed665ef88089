"""Islands with accounts: exploration and budget follow what was gained lately, and islands come where too little was."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.archives import GainingIslands, Islands, PopulationArchive
from evoengine.archives.gaining import PAUSE
from evoengine.testing.archives import ArchiveContract, insert, scored, state


class TestGainingIslandsContract(ArchiveContract):
    def make(self):
        return GainingIslands(lambda: PopulationArchive(6), 2, 4, 7, migrants=2)


def accounts(count=2, *, most=2, migrate_every=0):
    islands = GainingIslands(lambda: PopulationArchive(20), count, most, migrate_every)

    def fold(number, fitness, island=0, operator="rewrite"):
        status = "ok" if fitness is not None else "error"
        insert(islands, scored(number, fitness, island=island, operator=operator, status=status))

    fold(-1, 1.0, operator="seed")
    return islands, fold


def test_exploration_shrinks_with_what_was_gained_and_comes_back():
    gains, fold = accounts()
    assert gains.exploration(0, 0.15, 0.5) == 0.5
    fold(0, 1.5)
    signal = 0.1 * 0.5**2
    assert gains.exploration(0, 0.15, 0.5) == pytest.approx(0.15 + 0.35 / (1 + math.sqrt(signal)))
    fold(1, None)
    assert gains.exploration(0, 0.15, 0.5) == pytest.approx(0.15 + 0.35 / (1 + math.sqrt(0.9 * signal)))
    assert gains.exploration(1, 0.15, 0.5) == 0.5


def test_a_rise_is_capped_where_the_best_was_nothing():
    gains, fold = accounts()
    fold(0, 1000.0)
    assert gains.exploration(0, 0.0, 1.0) == pytest.approx(1 / (1 + math.sqrt(0.1)))


def test_the_island_that_gains_is_due_and_the_others_are_not_forgotten():
    gains, fold = accounts()
    assert gains.due() == 0
    fold(0, 2.0)
    assert gains.due() == 1, "no island is left unvisited"
    fold(1, 0.5, island=1)
    assert gains.due() == 0
    turns = []
    for n in range(2, 30):
        turns.append(gains.due())
        fold(n, 0.1 + n / 1000, island=turns[-1])
    assert set(turns) == {0, 1}


def test_a_reward_is_relative_to_the_best_of_all_islands():
    islands, fold = accounts()
    fold(0, 100.0)
    fold(1, 2.0, island=1)
    fold(2, 0.0)
    fold(3, 0.0, island=1)
    # Both islands doubled or more, but the second only gained a hundredth of the best of all.
    assert islands.island(1).best().evaluation.fitness == 2.0
    assert islands.due() == 0


def test_migrants_raise_the_signal_but_earn_no_reward():
    gains, fold = accounts(migrate_every=2)
    fold(0, 2.0)
    assert gains.exploration(1, 0.0, 1.0) < 1.0
    assert gains.due() == 1
    fold(1, 0.1, island=1)
    assert gains.due() == 0


def test_a_new_island_comes_where_hardly_anything_rises():
    islands, fold = accounts(1, most=2)
    for n in range(PAUSE - 2):
        fold(n, n / 100)
    assert islands.count == 1
    fold(50, 0.5)
    assert islands.count == 2
    assert [known.candidate.proposal for known in islands.island(1).elites()] == [-1, 50, 27, 26, 25]
    assert islands.due() == 1
    for n in range(100, 100 + 2 * PAUSE):
        fold(n, 0.0, island=1)
    assert islands.count == 2


def test_no_island_comes_while_candidates_rise():
    islands, fold = accounts(1, most=2)
    for n in range(2 * PAUSE):
        fold(n, float(n + 2) if n % 20 == 0 else 0.0)
    assert islands.count == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.none() | st.integers(-3, 3).map(float), st.integers(0, 1)), max_size=30))
def test_accounts_change_nothing_about_the_islands_and_give_probabilities(told):
    """As long as no island is added."""
    plain = Islands(lambda: PopulationArchive(4), 2, migrate_every=3)
    gaining = GainingIslands(lambda: PopulationArchive(4), 2, 2, 3)
    for number, (fitness, island) in enumerate(told):
        known = scored(number, fitness, island=island, status="error" if fitness is None else "ok")
        assert insert(gaining, known) == insert(plain, known)
        assert state(gaining) == state(plain)
        assert gaining.due() in {0, 1}
        assert all(0.15 < gaining.exploration(n, 0.15, 0.5) <= 0.5 for n in (0, 1))
