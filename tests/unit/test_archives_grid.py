import math

import numpy as np
import pytest

from evoengine.archives import GridArchive
from evoengine.problem import Measure
from evoengine.testing.archives import ArchiveContract, insert, scored, state
from evoengine.types import Verdict

SIZE = Measure("size", 0.0, 1.0, 4)
KIND = Measure("kind", categories=("greedy", "exact"))


class TestGridContract(ArchiveContract):
    measures = (SIZE, KIND, Measure("depth", edges=(0.0, 1.0, 10.0)))

    def make(self):
        return GridArchive(self.measures)


class TestGridWithoutMeasuresContract(ArchiveContract):
    def make(self):
        return GridArchive(())


def at(number, fitness, size, kind="greedy", **more):
    return scored(number, fitness, {"size": size, "kind": kind}, **more)


@pytest.fixture
def grid():
    return GridArchive([SIZE, KIND], offset=-1.0)


def test_a_verdict_tells_cell_gain_and_whom_it_evicted(grid):
    assert insert(grid, at(0, 2.0, 0.3)) == Verdict("new", 3.0, (1, 0))
    assert insert(grid, at(1, 2.5, 0.4)) == Verdict("improved", 0.5, (1, 0), evicted=("0-0",))
    assert insert(grid, at(2, 2.5, 0.4)) == Verdict("rejected", 0.0, (1, 0))
    assert insert(grid, at(3, 1.0, 0.4, "exact")) == Verdict("new", 2.0, (1, 1))


def test_a_new_cell_below_the_offset_gains_nothing(grid):
    assert insert(grid, at(0, -7.0, 0.3)) == Verdict("new", 0.0, (1, 0))


def test_a_copy_of_the_elite_is_a_duplicate_whatever_its_fitness(grid):
    insert(grid, at(0, 2.0, 0.3, text="same"))
    for fitness in (1.0, 2.0, 3.0):
        assert insert(grid, at(1, fitness, 0.3, text="same")) == Verdict("duplicate", 0.0, (1, 0))
    assert grid.best().candidate.id == "0-0"
    assert insert(grid, at(2, 2.0, 0.8, text="same")).kind == "new"


def test_elites_stand_in_order_of_first_occupation_and_are_found_by_cell(grid):
    for known in (at(0, 1.0, 0.9), at(1, 1.0, 0.1), at(2, 5.0, 0.95)):
        insert(grid, known)
    assert list(grid.occupied) == [(3, 0), (0, 0)]
    assert [known.candidate.id for known in grid.elites()] == ["2-0", "1-0"]
    assert grid.at((3, 0)).candidate.id == "2-0"
    assert grid.at((1, 1)) is None
    assert grid.cell_of(at(9, 1.0, 0.6, "exact").evaluation) == (2, 1)


def test_the_views_are_live_and_read_only(grid):
    elites, occupied = grid.elites(), grid.occupied
    insert(grid, at(0, 1.0, 0.9))
    assert len(elites) == len(occupied) == 1
    assert elites[0:1] == [grid.best()]
    assert grid.best() in elites
    assert repr(occupied) == "ReadOnly([(3, 0)])"
    with pytest.raises(TypeError):
        elites[0] = None


def test_the_figures(grid):
    for known in (at(0, 1.0, 0.9), at(1, 2.0, -3.0), at(2, 0.5, 7.0)):
        insert(grid, known)
    assert grid.stats() == {
        "num_elites": 2,
        "best": 2.0,
        "mean": 1.5,
        "coverage": 0.25,
        "qd_score": 5.0,
        "norm_qd_score": 0.625,
        "clipped": 2,
    }


def test_the_figures_of_an_empty_grid(grid):
    assert grid.stats() == {
        "num_elites": 0,
        "coverage": 0.0,
        "qd_score": 0.0,
        "norm_qd_score": 0.0,
        "clipped": 0,
    }


def test_without_measures_it_climbs():
    chain = GridArchive(())
    assert chain.total_cells == 1
    assert insert(chain, scored(0, 1.0)) == Verdict("new", 1.0, ())
    assert insert(chain, scored(1, 0.5)).kind == "rejected"
    assert insert(chain, scored(2, 1.5)) == Verdict("improved", 0.5, (), evicted=("0-0",))
    assert list(chain.occupied) == [()]


def test_a_billion_cells_cost_nothing():
    grid = GridArchive([Measure(f"m{i}", bins=1000) for i in range(8)])
    assert grid.total_cells == 10**24
    insert(grid, scored(0, 1.0, {f"m{i}": 0.5 for i in range(8)}))
    assert grid.stats()["coverage"] == 1e-24


@pytest.mark.parametrize(
    ("measures", "message"),
    [
        ({"size": 0.3}, "'1-0' lacks the measure 'kind'"),
        ({"size": math.nan, "kind": "exact"}, "'size' is nan"),
        ({"size": 0.3, "kind": "fast"}, "'kind' is 'fast'"),
    ],
)
def test_an_evaluation_without_a_cell_raises_and_changes_nothing(grid, measures, message):
    insert(grid, at(0, 1.0, 7.0))
    before = state(grid)
    with pytest.raises(ValueError, match=message):
        insert(grid, scored(1, 2.0, {"size": 9.0, **measures}))
    assert state(grid) == before


def test_an_infinite_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        GridArchive([SIZE], offset=-math.inf)


def test_a_measure_given_twice_is_refused():
    with pytest.raises(ValueError, match="'size' is given more than once"):
        GridArchive([SIZE, KIND, SIZE])


def test_a_replay_asks_only_for_the_final_elites(grid):
    insert(grid, at(0, 1.0, 0.9))
    rows = [at(1, 3.0, 0.1), at(2, 0.5, 0.9), at(3, 4.0, 0.1), at(4, 4.0, 0.2)]
    asked = []

    def known(row):
        asked.append(row)
        return rows[row]

    columns = {"size": np.array([0.1, 0.9, 0.1, 0.2]), "kind": ["greedy"] * 4}
    grid.replay([3.0, 0.5, 4.0, 4.0], columns, known)
    assert asked == [2]
    assert [elite.candidate.id for elite in grid] == ["0-0", "3-0"]
    assert grid.best().candidate.id == "3-0"


def test_a_replay_of_no_fitter_ones_leaves_the_best(grid):
    insert(grid, at(0, 5.0, 0.9))
    grid.replay(
        [5.0, 1.0],
        {"size": [0.1, 0.3], "kind": ["exact"] * 2},
        [at(1, 5.0, 0.1), at(2, 1.0, 0.3)].__getitem__,
    )
    assert len(grid) == 3
    assert grid.best().candidate.id == "0-0"


def test_a_replay_of_nothing_changes_nothing(grid):
    before = state(grid)
    grid.replay([], {"size": [], "kind": []}, pytest.fail)
    assert state(grid) == before


@pytest.mark.parametrize(
    ("fitness", "columns", "message"),
    [
        ([1.0, math.nan], {"size": [0.0, 7.0], "kind": ["exact"] * 2}, "fitness"),
        ([[1.0, 2.0]], {"size": [0.0, 7.0], "kind": ["exact"] * 2}, "fitness"),
        ([1.0, 2.0], {"size": [7.0, math.inf], "kind": ["exact"] * 2}, "'size'"),
        ([1.0, 2.0], {"size": [7.0], "kind": ["exact"] * 2}, "'size' is not as long"),
        ([1.0, 2.0], {"size": [7.0, 7.0], "kind": ["exact", "fast"]}, "'fast'"),
        ([1.0, 2.0], {"size": [7.0, 7.0]}, "'kind' has no column"),
    ],
)
def test_a_replay_of_what_cannot_be_placed_raises_and_changes_nothing(grid, fitness, columns, message):
    before = state(grid)
    with pytest.raises(ValueError, match=message):
        grid.replay(fitness, columns, pytest.fail)
    assert state(grid) == before


def test_extreme_fitness_overflows_no_figure(grid):
    for i, size in enumerate((0.1, 0.4, 0.9)):
        insert(grid, at(i, 1.7e308, size))
    assert grid.stats()["qd_score"] == math.inf
    assert grid.best().candidate.id == "0-0"
