import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.archives import CvtArchive, centroids, fitted_centroids
from evoengine.archives import nearest as nearest_module
from evoengine.archives.nearest import Index, nearest
from evoengine.archives.tessellation import halton, lloyd
from evoengine.problem import Measure
from evoengine.rng import stream
from evoengine.testing.archives import ArchiveContract, insert, scored, state
from evoengine.types import Verdict
from tests.property.archive_checks import fill

LENGTH, DEPTH = Measure("length", 0.0, 100.0), Measure("depth", -1.0, 1.0)


class TestCvtContract(ArchiveContract):
    measures = (LENGTH, DEPTH)

    def make(self):
        return CvtArchive(self.measures, centroids(self.measures, 7))


def at(number, fitness, length, depth=0.0):
    return scored(number, fitness, {"length": length, "depth": depth})


def test_a_candidate_goes_to_the_nearest_centroid_in_terms_of_the_ranges():
    archive = CvtArchive([LENGTH, DEPTH], [(0.0, -1.0), (50.0, 0.9)])
    assert insert(archive, at(0, 1.0, 10.0, 0.5)) == Verdict("new", 1.0, (1,))
    assert insert(archive, at(1, 2.0, 10.0, -0.5)) == Verdict("new", 2.0, (0,))
    assert archive.stats()["coverage"] == 1.0
    assert archive.centroids.tolist() == [[0.0, -1.0], [50.0, 0.9]]


def test_of_equally_near_centroids_the_first_takes_it():
    archive = CvtArchive([LENGTH], [(75.0,), (25.0,), (25.0,)])
    assert archive.cell_of(at(0, 1.0, 50.0).evaluation) == (0,)
    assert archive.cell_of(at(0, 1.0, 49.0).evaluation) == (1,)


def test_values_out_of_range_are_clipped_and_counted():
    archive = CvtArchive([LENGTH, DEPTH], [(0.0, 0.0), (100.0, 0.0)])
    assert insert(archive, at(0, 1.0, 1e308, -7.0)).cell == (1,)
    assert archive.stats()["clipped"] == 2


def test_a_replay_equals_inserting():
    rng = stream(0, 0, "points")
    told = [
        at(i, float(fitness), float(length), float(depth))
        for i, (fitness, length, depth) in enumerate(
            zip(rng.integers(0, 5, 300), rng.uniform(-10, 110, 300), rng.uniform(-1.2, 1.2, 300), strict=True)
        )
    ]
    make = TestCvtContract().make
    one, other = fill(make(), told), make()
    columns = {name: [known.evaluation.measures[name] for known in told] for name in ("length", "depth")}
    other.replay([known.evaluation.fitness for known in told], columns, told.__getitem__)
    assert state(one) == state(other)
    assert list(one.occupied) == list(other.occupied)


POINTS = st.integers(1, 3).flatmap(
    lambda d: st.lists(
        st.tuples(*[st.integers(0, 8).map(lambda i: i / 8) | st.floats(0, 1)] * d), min_size=1, max_size=40
    )
)


@settings(max_examples=100, deadline=None)
@given(POINTS, st.data())
def test_the_nearest_is_that_of_exact_arithmetic_however_it_is_sought(points, data):
    rows = data.draw(
        st.lists(st.sampled_from(points) | st.tuples(*[st.floats(0, 1)] * len(points[0])), max_size=5)
    )
    table, asked = np.array(points), np.array(rows).reshape(len(rows), len(points[0]))
    whole = nearest(asked, table)
    few = nearest_module.MANY
    try:
        nearest_module.MANY = 0
        by_index = nearest(asked, table)
    finally:
        nearest_module.MANY = few
    single = [Index(table).nearest(row) for row in asked]
    assert whole.tolist() == by_index.tolist() == single
    for row, found in zip(rows, single, strict=True):
        exact = [sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(row, p, strict=True)) for p in points]
        assert float(exact[found]) == pytest.approx(float(min(exact)), rel=1e-12, abs=1e-300)


def test_centroids_lie_in_the_ranges_evenly_and_are_the_same_each_time():
    found = centroids([LENGTH, DEPTH], 64)
    assert found.shape == (64, 2)
    assert ((found > [0.0, -1.0]) & (found < [100.0, 1.0])).all()
    assert np.array_equal(found, centroids([LENGTH, DEPTH], 64))
    assert not np.array_equal(found, centroids([LENGTH, DEPTH], 64, seed=1))
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0] = 7.0
    # Each has about its share of the space.
    points = stream(0, 0, "points").random((6400, 2)) * [100.0, 2.0] - [0.0, 1.0]
    shares = np.bincount(nearest(points / [100.0, 2.0], found / [100.0, 2.0]), minlength=64)
    assert shares.min() > 30
    assert shares.max() < 200


def test_a_measure_with_edges_has_their_range():
    found = centroids([Measure("size", edges=(2.0, 3.0, 10.0))], 8, method="halton")
    assert found[0, 0] == 6.0


def test_the_halton_sequence_is_that_of_the_first_primes():
    expected = [[1 / 2, 1 / 3, 1 / 5], [1 / 4, 2 / 3, 2 / 5], [3 / 4, 1 / 9, 3 / 5], [1 / 8, 4 / 9, 4 / 5]]
    assert halton(4, 3) == pytest.approx(np.array(expected))


def test_centroids_can_be_fitted_to_data():
    blobs = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    points = np.concatenate(
        [blob + stream(0, i, "blob").normal(0, 0.1, (50, 2)) for i, blob in enumerate(blobs)]
    )
    found = fitted_centroids(points, 3)
    assert sorted(map(tuple, found.round().tolist())) == sorted(map(tuple, blobs.tolist()))
    assert np.array_equal(found, fitted_centroids(points, 3))
    assert len(fitted_centroids([[1.0], [2.0], [2.0]], 2)) == 2


def test_a_centroid_that_owns_no_point_stays():
    assert lloyd(np.array([[0.0], [2.0]]), np.array([[1.0], [9.0]])).tolist() == [[1.0], [9.0]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CvtArchive([], [[]]), "at least one measure"),
        (lambda: CvtArchive([LENGTH, LENGTH], [[0.0, 0.0]]), "given more than once"),
        (lambda: CvtArchive([LENGTH], [[0.0, 0.0]]), "rows of 1 numbers"),
        (lambda: CvtArchive([LENGTH], np.empty((0, 1))), "one or more rows"),
        (lambda: CvtArchive([LENGTH], [0.0]), "one or more rows"),
        (lambda: CvtArchive([LENGTH], [[math.nan]]), "finite"),
        (lambda: CvtArchive([Measure("kind", categories=("a", "b"))], [[0.0]]), "'kind' has categories"),
        (lambda: CvtArchive([Measure("size", 1.0, 1.0)], [[0.0]]), "'size': low"),
        (lambda: centroids([LENGTH], 3, method="grid"), "'grid'"),
        (lambda: centroids([LENGTH], 0), "at least one cell"),
        (lambda: centroids([], 3), "one measure"),
        (lambda: fitted_centroids([[math.inf]], 1), "finite"),
        (lambda: fitted_centroids([1.0], 1), "table"),
        (lambda: fitted_centroids([[1.0], [1.0]], 2), "different points"),
        (lambda: fitted_centroids([[1.0]], 0), "at least 1"),
    ],
)
def test_impossible_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("measures", "message"),
    [({}, "lacks the measure"), ({"length": "long"}, "'long'"), ({"length": math.nan}, "nan, not a finite")],
)
def test_a_candidate_without_a_place_is_refused_and_changes_nothing(measures, message):
    archive = CvtArchive([LENGTH], [[1.0]])
    before = state(archive)
    with pytest.raises(ValueError, match=message):
        insert(archive, scored(0, 1.0, measures))
    assert state(archive) == before


def test_columns_that_are_wrong_are_refused():
    archive = CvtArchive([LENGTH], [[1.0]])
    for columns, message in (
        ({}, "no column"),
        ({"length": [1.0]}, "not as long"),
        ({"length": [1.0, math.inf]}, "not a finite"),
    ):
        with pytest.raises(ValueError, match=message):
            archive.replay([1.0, 2.0], columns, [].__getitem__)
    assert len(archive) == 0
