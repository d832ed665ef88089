"""Cells under noise: reserves, re-evaluations and lower bounds."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.archives import GridArchive
from evoengine.problem import Measure
from evoengine.testing.archives import ArchiveContract, insert, scored, state
from evoengine.types import Verdict

SIZE = Measure("size", 0.0, 1.0, 4)


class TestDeepGridContract(ArchiveContract):
    measures = (SIZE,)

    def make(self):
        return GridArchive(self.measures, depth=3)


class TestCautiousGridContract(ArchiveContract):
    measures = (SIZE,)

    def make(self):
        return GridArchive(self.measures, confidence=1.64)


def at(number, fitness, size=0.1, **more):
    return scored(number, fitness, {"size": size}, **more)


def ids(known):
    return [each.candidate.id for each in known]


def test_reserves_are_the_next_fittest_and_of_equals_the_earliest():
    grid = GridArchive([SIZE], depth=3)
    for number, fitness in enumerate([5.0, 5.0, 3.0, 6.0, 5.0, 1.0]):
        insert(grid, at(number, fitness))
    assert ids(grid) == ["3-0"]
    assert ids(grid.reserves((0,))) == ["0-0", "1-0"]
    assert grid.reserves((1,)) == ()
    assert grid.stats()["num_elites"] == 1


def test_a_copy_of_a_reserve_is_a_duplicate():
    grid = GridArchive([SIZE], depth=2)
    for known in (at(0, 1.0, text="same"), at(1, 2.0)):
        insert(grid, known)
    assert insert(grid, at(2, 9.0, text="same")) == Verdict("duplicate", 0.0, (0,))


def test_a_lucky_elite_gives_way_when_it_is_evaluated_again():
    grid = GridArchive([SIZE], depth=3)
    for known in (at(0, 9.0, text="lucky"), at(1, 4.0), at(2, 5.0)):
        insert(grid, known)
    again = at(3, 4.5, text="lucky", repeats=3)
    assert insert(grid, again) == Verdict("rejected", 0.0, (0,), evicted=("0-0",))
    assert ids(grid) == ["2-0"]
    assert ids(grid.reserves((0,))) == ["0-0", "1-0"]
    assert grid.best().candidate.id == "2-0"
    assert insert(grid, at(4, 6.0, text="lucky", repeats=5)) == Verdict(
        "improved", 1.0, (0,), evicted=("2-0",)
    )
    assert ids(grid) == ["0-0"]
    assert grid.best().evaluation.repeats == 5


def test_without_reserves_the_elite_keeps_its_cell_with_its_new_evaluation():
    grid = GridArchive([SIZE])
    insert(grid, at(0, 9.0, text="lucky"))
    insert(grid, at(1, 5.0, 0.9))
    assert insert(grid, at(2, 4.0, text="lucky", repeats=2)) == Verdict("rejected", 0.0, (0,))
    assert ids(grid) == ["0-0", "1-0"]
    assert grid.at((0,)).evaluation.fitness == 4.0
    assert grid.at((0,)).evaluation.candidate == "0-0"
    assert grid.best().candidate.id == "1-0"
    assert grid.stats()["best"] == 5.0
    assert insert(grid, at(3, 5.5, text="lucky", repeats=4)) == Verdict("improved", 1.5, (0,))
    assert insert(grid, at(4, 8.0, text="lucky", repeats=4)) == Verdict("duplicate", 0.0, (0,))
    assert insert(grid, at(5, 8.0, text="lucky")) == Verdict("duplicate", 0.0, (0,))


def test_new_measures_move_a_candidate_and_its_cell_falls_to_its_reserve_or_empty():
    grid = GridArchive([SIZE], depth=2)
    for known in (at(0, 9.0, 0.1, text="moves"), at(1, 4.0, 0.1), at(2, 1.0, 0.9)):
        insert(grid, known)
    assert insert(grid, at(3, 8.0, 0.9, text="moves", repeats=2)) == Verdict(
        "improved", 2.0, (3,), evicted=("2-0",)
    )
    assert (ids(grid), list(grid.occupied)) == (["1-0", "0-0"], [(0,), (3,)])
    assert insert(grid, at(4, 2.0, 0.4, text="moves", repeats=3)) == Verdict("rejected", 0.0, (1,))
    assert (ids(grid), list(grid.occupied)) == (["1-0", "2-0", "0-0"], [(0,), (3,), (1,)])
    # The cell it leaves is empty now, and the last takes its place in the order.
    insert(grid, at(5, 1.0, 0.6))
    assert insert(grid, at(6, 3.0, 0.1, text="moves", repeats=4)) == Verdict(
        "rejected", 0.0, (0,), evicted=("0-0",)
    )
    assert (ids(grid), list(grid.occupied)) == (["1-0", "2-0", "5-0"], [(0,), (3,), (2,)])
    assert ids(grid.reserves((0,))) == ["0-0"]
    assert insert(grid, at(7, 3.5, 0.1, text="moves", repeats=5)) == Verdict("rejected", 0.0, (0,))
    assert grid.at((1,)) is None


def test_the_last_cell_can_be_left():
    grid = GridArchive([SIZE])
    insert(grid, at(0, 1.0, 0.1, text="moves"))
    assert insert(grid, at(1, 1.5, 0.9, text="moves", repeats=2)) == Verdict("improved", 0.5, (3,))
    assert list(grid.occupied) == [(3,)]


def test_a_copy_with_fewer_repeats_is_a_duplicate_in_whatever_cell():
    grid = GridArchive([SIZE])
    insert(grid, at(0, 1.0, 0.1, text="same", repeats=3))
    assert insert(grid, at(1, 9.0, 0.9, text="same")) == Verdict("duplicate", 0.0, (3,))
    assert insert(grid, at(2, 9.0, 0.9, text="same", repeats=3)) == Verdict("new", 9.0, (3,))


def test_a_copy_that_has_left_is_a_newcomer():
    grid = GridArchive([SIZE])
    insert(grid, at(0, 1.0, text="back"))
    insert(grid, at(1, 2.0))
    assert insert(grid, at(2, 3.0, text="back", repeats=2)) == Verdict(
        "improved", 1.0, (0,), evicted=("1-0",)
    )


def test_the_lower_bound_decides_where_a_confidence_is_given():
    grid = GridArchive([SIZE], confidence=2.0, offset=1.0)
    assert insert(grid, at(0, 5.0, repeats=4, deviation=1.0)) == Verdict("new", 3.0, (0,))
    assert insert(grid, at(1, 6.0, repeats=4, deviation=3.0)) == Verdict("rejected", 0.0, (0,))
    assert insert(grid, at(2, 6.0, repeats=4, deviation=1.5)) == Verdict(
        "improved", 0.5, (0,), evicted=("0-0",)
    )
    assert grid.best().candidate.id == "2-0"
    assert grid.stats()["best"] == 6.0


@pytest.mark.parametrize("options", [{"depth": 0}, {"confidence": -1.0}, {"confidence": math.nan}])
def test_impossible_settings_are_refused(options):
    with pytest.raises(ValueError, match="must be"):
        GridArchive([SIZE], **options)


def test_the_best_is_judged_again_after_it_has_left_the_grid_on_a_tie():
    grid = GridArchive([SIZE])
    insert(grid, at(0, 0.0, 0.4, text="best"))
    insert(grid, at(1, 0.0, 0.1, text="other"))
    insert(grid, at(2, 0.0, 0.1, text="best", repeats=2))
    assert ids(grid) == ["1-0"]
    insert(grid, at(3, 0.0, 0.1, text="best", repeats=3))
    assert (grid.best().candidate.id, grid.best().evaluation.repeats) == ("0-0", 3)
    insert(grid, at(4, -1.0, 0.1, text="best", repeats=4))
    assert grid.best().candidate.id == "1-0"


TOLD = st.lists(st.tuples(st.integers(0, 6), st.integers(1, 4)), max_size=40)
RESULTS = st.lists(
    st.lists(
        st.tuples(st.integers(-3, 9).map(float), st.sampled_from([0.1, 0.4, 0.9])), min_size=4, max_size=4
    ),
    min_size=7,
    max_size=7,
)


@settings(max_examples=200, deadline=None)
@given(TOLD, RESULTS, st.integers(1, 4), st.sampled_from([0.0, 1.0]))
def test_whatever_is_shown_has_the_evaluation_with_the_most_repeats(told, results, depth, confidence):
    """And the elite is no worse than its reserves, the best than any elite; a replay gives the same."""

    def make():
        return GridArchive([SIZE], depth=depth, confidence=confidence)

    grid = make()
    sequence = []
    most = {}
    for number, (genome, repeats) in enumerate(told):
        fitness, size = results[genome][repeats - 1]
        known = at(number, fitness, size, text=f"{genome}", repeats=repeats, deviation=float(repeats > 1))
        sequence.append(known)
        before = set(ids(grid))
        verdict = insert(grid, known)
        most[known.candidate.digest] = max(most.get(known.candidate.digest, 0), repeats)
        kept = [each for cell in grid.occupied for each in (grid.at(cell), *grid.reserves(cell))]
        worths = [grid._worth(each) for each in grid]
        assert grid._worth(grid.best()) >= max(worths)
        assert before - set(ids(grid)) == set(verdict.evicted) - set(ids(grid))
        for each in (*kept, grid.best()):
            # One that had left, and was told with more repeats than it came back with, is no concern here.
            if each.candidate.digest == known.candidate.digest and verdict.kind != "duplicate":
                assert each.evaluation.repeats >= repeats
        for cell in grid.occupied:
            row = [grid._worth(each) for each in (grid.at(cell), *grid.reserves(cell))]
            assert row == sorted(row, reverse=True)
            assert len(row) <= depth
            assert all(
                grid.cell_of(each.evaluation) == cell for each in (grid.at(cell), *grid.reserves(cell))
            )
    if depth > 1 or confidence:
        again = make()
        columns = {"size": [known.evaluation.measures["size"] for known in sequence]}
        again.replay([known.evaluation.fitness for known in sequence], columns, sequence.__getitem__)
        assert (state(again), list(again.occupied)) == (state(grid), list(grid.occupied))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 5).map(float), max_size=30), st.integers(1, 5))
def test_a_cell_keeps_the_fittest_of_all_told_the_earlier_of_equals_first(fitness, depth):
    grid = GridArchive([SIZE], depth=depth)
    for number, value in enumerate(fitness):
        insert(grid, at(number, value))
    order = sorted(range(len(fitness)), key=lambda i: -fitness[i])[:depth]
    assert ids([*grid, *grid.reserves((0,))]) == [f"{i}-0" for i in order]
