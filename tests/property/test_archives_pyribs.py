"""The grid, the CVT and the novelty archives against pyribs, insert by insert.

pyribs finds cells by arithmetic, this grid by its published edges. They agree wherever the arithmetic is
exact (ranges and values that are dyadic fractions, edges included) and wherever a value keeps away from the
edges; nothing else is asked. Stepped around: values so far out that pyribs overflows an int32, tiny
ranges (its epsilon is absolute, 0 here) and `retessellate`.
"""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evoengine.archives import CvtArchive, DominatedNoveltyArchive, GridArchive, NoveltyArchive
from evoengine.problem import Measure
from evoengine.testing.archives import insert, scored
from tests.property.archive_checks import replay

with warnings.catch_warnings():
    # What its own dependencies deprecate is no concern of ours.
    warnings.simplefilter("ignore")
    ribs = pytest.importorskip(
        "ribs.archives", reason="pyribs is not installed: pip install -e '.[oracle]'", exc_type=ImportError
    )

STATUS = {"rejected": 0, "duplicate": 0, "improved": 1, "new": 2}


@st.composite
def dyadic(draw):
    """Give (low, high, bins) and values for them, every quotient exact; edges and outside values included."""
    low = draw(st.sampled_from([-4.0, 0.0, 0.5]))
    width = draw(st.sampled_from([0.25, 1.0, 8.0]))
    bins = draw(st.sampled_from([1, 2, 4, 16]))
    return (low, low + width, bins), st.integers(-96, 352).map(lambda i: low + width * i / 256)


@st.composite
def decimal(draw):
    """Give any (low, high, bins), and values a hundredth of a bin or more away from every edge."""
    low = draw(st.sampled_from([-5.0, 0.0, 0.1, 2.5]))
    width = draw(st.sampled_from([1e-3, 0.7, 1.0, 3.0, 1000.0]))
    bins = draw(st.integers(1, 12))
    bin_ = st.integers(-3, bins + 2)
    return (low, low + width, bins), st.builds(
        lambda i, share: low + width * (i + share) / bins, bin_, st.floats(0.01, 0.99)
    )


@st.composite
def runs(draw):
    axes = [draw(dyadic() | decimal()) for _ in range(draw(st.sampled_from([1, 2, 3, 6])))]
    fitness = st.integers(-3, 3).map(float) | st.floats(-100, 100)
    points = st.tuples(fitness, st.tuples(*(values for _, values in axes)))
    offset = draw(st.sampled_from([0.0, -3.0, 1.5]))
    return [axis for axis, _ in axes], offset, draw(st.lists(points, min_size=1, max_size=60))


def pyribs_grid(axes, offset):
    return ribs.GridArchive(
        solution_dim=(),
        solution_dtype=np.int64,
        objective_dtype=np.float64,
        measures_dtype=np.float64,
        dims=[bins for _, _, bins in axes],
        ranges=[(low, high) for low, high, _ in axes],
        epsilon=0.0,
        qd_score_offset=offset,
    )


def our_grid(axes, offset):
    return GridArchive(
        [Measure(f"m{i}", low, high, bins) for i, (low, high, bins) in enumerate(axes)], offset=offset
    )


def assert_alike(ours, theirs):
    data = theirs.data()
    cells = theirs.int_to_grid_index(data["index"]).tolist()
    rows = dict(zip(map(tuple, cells), zip(data["solution"], data["objective"], strict=True), strict=True))
    held = {
        cell: (ours.at(cell).candidate.proposal, ours.at(cell).evaluation.fitness) for cell in ours.occupied
    }
    assert held == rows
    mine, stats = ours.stats(), theirs.stats
    assert mine["num_elites"] == stats.num_elites
    assert mine["coverage"] == pytest.approx(float(stats.coverage), abs=1e-12)
    assert mine["qd_score"] == pytest.approx(float(stats.qd_score), rel=1e-9, abs=1e-9)
    assert mine["norm_qd_score"] == pytest.approx(float(stats.norm_qd_score), rel=1e-9, abs=1e-9)
    assert mine["best"] == float(stats.obj_max)
    assert mine["mean"] == pytest.approx(float(stats.obj_mean), rel=1e-9, abs=1e-9)


def known_from(points):
    return [
        scored(row, fitness, {f"m{i}": value for i, value in enumerate(values)})
        for row, (fitness, values) in enumerate(points)
    ]


@settings(max_examples=40, deadline=None)
@given(runs())
def test_each_insert_has_the_status_and_cell_of_pyribs(run):
    axes, offset, points = run
    ours, theirs = our_grid(axes, offset), pyribs_grid(axes, offset)
    for known in known_from(points):
        measures = list(known.evaluation.measures.values())
        verdict = insert(ours, known)
        added = theirs.add_single(known.candidate.proposal, known.evaluation.fitness, measures)
        assert STATUS[verdict.kind] == int(added["status"])
        assert verdict.cell == tuple(theirs.int_to_grid_index([theirs.index_of_single(measures)])[0].tolist())
        # Only here: of equally fit elites in one batch, pyribs takes that of the lowest cell for the best.
        assert ours.best().candidate.proposal == int(theirs.best_elite["solution"])
    assert_alike(ours, theirs)


@settings(max_examples=40, deadline=None)
@given(runs(), st.integers(1, 40))
def test_a_replay_leaves_what_a_batch_leaves_in_pyribs(run, size):
    axes, offset, points = run
    ours, theirs = our_grid(axes, offset), pyribs_grid(axes, offset)
    told = known_from(points)
    for start in range(0, len(points), size):
        batch = points[start : start + size]
        theirs.add(np.arange(start, start + len(batch)), [f for f, _ in batch], [m for _, m in batch])
        replay(ours, told[start : start + size])
    assert_alike(ours, theirs)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_both_refuse_what_is_not_finite(bad):
    axes = [(0.0, 1.0, 4)]
    ours, theirs = our_grid(axes, 0.0), pyribs_grid(axes, 0.0)
    for fitness, value in ((bad, 0.5), (1.0, bad)):
        with pytest.raises(ValueError):
            insert(ours, scored(0, fitness, {"m0": value}))
        with pytest.raises(ValueError):
            theirs.add_single(0, fitness, [value])
    assert len(ours) == len(theirs) == 0


UNIT = st.floats(0.0, 1.0).map(lambda value: round(value, 6))


def unit_measures(dimensions):
    return [Measure(f"m{i}", 0.0, 1.0) for i in range(dimensions)]


def dtypes():
    return {
        "solution_dim": (),
        "solution_dtype": np.int64,
        "objective_dtype": np.float64,
        "measures_dtype": np.float64,
    }


@st.composite
def spread(draw):
    """Give points of a unit cube with a fitness each, all of them different, so that nothing ties."""
    point = st.tuples(*[UNIT] * draw(st.integers(1, 3)))
    points = draw(st.lists(point, min_size=1, max_size=40, unique=True))
    fitness = draw(st.permutations(range(len(points))))
    return [(float(value), values) for value, values in zip(fitness, points, strict=True)]


def no_distance_ties(points):
    """Whether all distances between these points, and all their means, can be told apart whoever rounds them."""
    table = np.array(points)
    distances = np.sort(np.linalg.norm(table[:, None] - table[None], axis=2)[np.triu_indices(len(table), 1)])
    return not len(distances) or np.min(np.diff(distances), initial=1.0) > 1e-9


@settings(max_examples=40, deadline=None)
@given(spread(), st.integers(1, 12))
def test_each_insert_into_a_cvt_archive_has_the_status_and_cell_of_pyribs(points, cells):
    centroids = np.random.default_rng(cells).random((cells, len(points[0][1])))
    ours = CvtArchive(unit_measures(len(points[0][1])), centroids)
    theirs = ribs.CVTArchive(
        centroids=centroids,
        ranges=[(0.0, 1.0)] * centroids.shape[1],
        nearest_neighbors="brute_force",
        **dtypes(),
    )
    for known in known_from(points):
        measures = list(known.evaluation.measures.values())
        verdict = insert(ours, known)
        added = theirs.add_single(known.candidate.proposal, known.evaluation.fitness, measures)
        assert STATUS[verdict.kind] == int(added["status"])
        assert verdict.cell == (int(theirs.index_of_single(measures)),)
    assert ours.stats()["qd_score"] == pytest.approx(float(theirs.stats.qd_score), rel=1e-9)
    assert ours.stats()["coverage"] == pytest.approx(float(theirs.stats.coverage), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(spread(), st.integers(1, 5), st.sampled_from([0.05, 0.2, 0.5]))
def test_each_insert_into_a_novelty_archive_has_the_status_and_novelty_of_pyribs(
    points, neighbours, threshold
):
    assume(no_distance_ties([values for _, values in points]))
    dimensions = len(points[0][1])
    ours = NoveltyArchive(unit_measures(dimensions), neighbours=neighbours, threshold=threshold)
    theirs = ribs.ProximityArchive(
        measure_dim=dimensions,
        k_neighbors=neighbours,
        novelty_threshold=threshold,
        local_competition=True,
        **dtypes(),
    )
    for known in known_from(points):
        novelty, rank = ours.novelty(known.evaluation), ours.local_rank(known.evaluation)
        held = {each.candidate.id for each in ours}
        verdict = insert(ours, known)
        added = theirs.add_single(
            known.candidate.proposal, known.evaluation.fitness, list(known.evaluation.measures.values())
        )
        if held:
            assert novelty == pytest.approx(added["novelty"].item(), rel=1e-9, abs=1e-9)
            assert rank == added["local_competition"].item()
        # There, what enters by its novelty is new, whatever its fitness.
        assert added["status"].item() == (1 if verdict.evicted else 2 if verdict.accepted else 0)
    held = {known.candidate.proposal for known in ours}
    assert held == set(theirs.data("solution").tolist())


@settings(max_examples=40, deadline=None)
@given(spread(), st.integers(2, 8), st.integers(1, 3))
def test_dominated_novelty_keeps_whom_pyribs_keeps(points, capacity, neighbours):
    assume(no_distance_ties([values for _, values in points]))
    dimensions = len(points[0][1])
    ours = DominatedNoveltyArchive(unit_measures(dimensions), capacity, neighbours=neighbours)
    theirs = ribs.DNSArchive(measure_dim=dimensions, capacity=capacity, k_neighbors=neighbours, **dtypes())
    for known in known_from(points):
        scores = {k.candidate.proposal: s for k, s in zip(ours, ours.scores.tolist(), strict=True)}
        verdict = insert(ours, known)
        added = theirs.add_single(
            known.candidate.proposal, known.evaluation.fitness, list(known.evaluation.measures.values())
        )
        held = {each.candidate.proposal for each in ours}
        kept = set(theirs.data("solution").tolist())
        if held != kept:
            # Two whose nearest fitter ones are each other's equals tie: who leaves is anyone's choice.
            gone, theirs_gone = (({*scores, known.candidate.proposal} - each).pop() for each in (held, kept))
            union = DominatedNoveltyArchive(unit_measures(dimensions), capacity + 1, neighbours=neighbours)
            for each in known_from(points):
                if each.candidate.proposal in {*scores, known.candidate.proposal}:
                    insert(union, each)
            tied = {k.candidate.proposal: s for k, s in zip(union, union.scores.tolist(), strict=True)}
            assert tied[gone] == pytest.approx(tied[theirs_gone], rel=1e-9)
            return
        assert verdict.accepted == (added["status"].item() > 0)
