"""Cells that are fitted to what a search begins with."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.archives import CvtArchive, FittedArchive, KeepingArchive, fitted_archive, regions
from evoengine.problem import Measure, Problem
from evoengine.testing.archives import ArchiveContract, insert, scored, state

METRIC = "token_count"
PROBLEM = Problem(
    "numbers",
    ({"main.py": "x = 0"},),
    measures=(Measure("x", 0.0, 9.0, 3), Measure("kind", categories=("a", "b"))),
    worst_fitness=-5.0,
)


def program(number, fitness, x, **more):
    """Make a candidate with the measures that the archive finds in it: 3 tokens and one for each x."""
    text = f"x = {number}" + " + 1" * x
    return scored(number, fitness, {"x": float(x), "kind": "a", METRIC: 3.0 + 2 * x}, text=text, **more)


def fitted(beginning=4, cells=2):
    return FittedArchive(PROBLEM, [METRIC], cells=cells, beginning=beginning)


class _Contract(ArchiveContract):
    def known(self, number, fitness, status="ok"):
        return program(number, fitness, number * 7 % 10, status=status)


class TestFittedContract(_Contract):
    def make(self):
        return fitted(beginning=20, cells=8)


class TestStillKeepingContract(_Contract):
    def make(self):
        return fitted(beginning=1000)


def test_it_keeps_all_until_a_later_proposal_and_then_the_fittest_of_each_cell():
    archive = fitted()
    for known in (program(-1, 0.0, 0), program(0, 1.0, 0), program(1, 2.0, 9), program(3, 1.0, 9)):
        insert(archive, known)
        assert archive.fitted(3) is None
    assert len(archive) == 4
    cells = archive.fitted(4)
    assert len(archive) == 4, "asking for the cells changes nothing"
    assert [known.candidate.proposal for known in cells.elites()] == [0, 1]
    assert insert(archive, program(4, 3.0, 8)).kind == "improved"
    assert [known.candidate.proposal for known in archive.elites()] == [0, 4]
    assert archive.fitted(5) is cells
    assert archive.stats()["qd_score"] == 3.0 + 1.0 + 2 * 5.0


def test_what_it_began_with_is_remembered_by_proposal():
    archive = fitted()
    for known in (
        program(-1, 0.0, 0),
        program(1, 2.0, 9),
        scored(0, None, status="crash"),
        program(2, 1.0, 0),
    ):
        insert(archive, known)
    assert [known.candidate.id for known in archive.begun(2)] == ["1-0"]
    assert [known.candidate.id for known in archive.begun(4)] == ["1-0", "2-0"]


def test_metrics_of_the_genome_are_among_the_measures():
    archive = fitted()
    insert(archive, scored(0, 1.0, {"x": 1.0}, text="x = 1 + 1"))
    assert archive.best().evaluation.measures == {"x": 1.0, METRIC: 5.0}


def test_where_nothing_was_valid_it_goes_on_keeping():
    archive = fitted(beginning=1)
    insert(archive, scored(0, None, status="crash"))
    assert archive.fitted(1) is None
    assert insert(archive, program(1, 1.0, 0)).kind == "new"
    assert insert(archive, program(2, 2.0, 0)).kind == "improved"
    assert len(archive) == 1


@pytest.mark.parametrize(("beginning", "cells"), [(0, 1), (1, 0)])
def test_without_a_beginning_or_cells_it_is_refused(beginning, cells):
    with pytest.raises(ValueError, match="at least 1"):
        fitted(beginning, cells)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(-4, 9).map(float), st.integers(0, 9)), min_size=5, max_size=20))
def test_it_is_what_the_two_archives_are_one_after_the_other(points):
    told = [program(number, *point) for number, point in enumerate(points)]
    archive, keeping = fitted(cells=3), KeepingArchive()
    for known in told[:4]:
        assert insert(archive, known) == insert(keeping, known)
        assert state(archive) == state(keeping)
    cells = fitted_archive(told[:4], ["x", METRIC], 3, offset=-5.0)
    for known in told[4:]:
        assert insert(archive, known) == insert(cells, known)
        assert state(archive) == state(cells)


def points(*values):
    return [scored(n, fitness, {"x": x, "y": 7.0}) for n, (x, fitness) in enumerate(values)]


def test_cells_are_clusters_of_the_candidates():
    archive = fitted_archive(points((0.0, 1.0), (0.1, 2.0), (9.0, 3.0), (9.1, 1.0)), ("x", "y"), 2)
    assert [known.evaluation.fitness for known in archive.elites()] == [2.0, 3.0]
    assert sorted(archive.centroids[:, 0]) == pytest.approx([0.05, 9.05])
    assert archive.centroids[:, 1].tolist() == [7.0, 7.0]


def test_there_are_no_more_cells_than_candidates_that_differ():
    assert len(fitted_archive(points((1.0, 1.0), (1.0, 2.0)), ("x", "y"), 9).centroids) == 1


def test_regions_are_clusters_of_cells_each_with_its_best():
    archive = fitted_archive(points(*((x, x) for x in (0.0, 1.0, 50.0, 51.0, 100.0, 101.0))), ("x",), 6)
    assert [known.evaluation.fitness for known in regions(archive, 3)] == [101.0, 51.0, 1.0]
    assert len(regions(archive, 99)) == 6
    empty = CvtArchive([Measure("tens", 0.0, 100.0, 10)], [[0.0], [50.0]])
    assert regions(empty, 3) == []
