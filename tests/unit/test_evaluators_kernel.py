import math
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from evaluators.kernel import FAMILIES, Duel, NearestNeighbours, draw_points, reference
from evoengine.evaluation import Invalid
from evoengine.ports import Timing

KERNELS = sorted((Path(__file__).parents[1] / "data" / "kernels").glob("*.py"))


class Times:
    """A trial whose candidate is this function, and takes as long as `seconds(points)` says."""

    seed = 7
    usage = SimpleNamespace(memory_mb=50.0)

    def __init__(self, nearest, seconds=lambda points: 1e-6 * len(points)):
        self._nearest = nearest
        self._seconds = seconds
        self.measured = []

    def map(self, name, argument_list):
        assert name == "nearest"
        return [self._nearest(*args) for args in argument_list]

    def time(self, name, points, repeats):
        assert (name, repeats) == ("nearest", 1)
        self.measured.append(points.copy())
        return Timing.of([self._seconds(points)], [self._nearest(points)])


def score(nearest, **settings):
    return NearestNeighbours(**{"sizes": (20, 40), "repeats": 2, **settings}).evaluate(Times(nearest))


def plain(points):
    rows = points.tolist()
    return [min(math.dist(p, q) for j, q in enumerate(rows) if j != i) for i, p in enumerate(rows)]


def load(path):
    module = {}
    exec(path.read_text("utf-8"), module)
    return module["nearest"]


@settings(max_examples=40, deadline=None)
@given(arrays.arrays(np.float64, st.tuples(st.integers(2, 12), st.just(2)), elements=st.floats(-1e3, 1e3)))
def test_the_reference_is_right(points):
    assert reference(points) == pytest.approx(plain(points), abs=1e-12)


@pytest.mark.parametrize("path", KERNELS, ids=[path.stem for path in KERNELS])
def test_known_kernels_are_valid(path):
    assert score(load(path)).objectives["speedup"] > 0.0


def test_the_speedup_is_the_best_of_the_reference_over_the_best_of_the_candidate():
    duel = Duel([3.0, 2.0, 4.0], [0.5, 0.8, 0.7])
    assert duel.speedup == 4.0
    assert duel.spread == pytest.approx(0.4)


def test_a_kernel_twice_as_fast_has_twice_the_speedup():
    """The clock is the trial's, so the ratio is exact but for the reference's own time."""
    growths = []
    for power in (0.0, 1.0, 2.0):
        trial = Times(reference, lambda points, power=power: 1e-6 * len(points) ** power)
        result = NearestNeighbours((20, 80), 2).evaluate(trial)
        growths.append(result.measures["growth"])
        assert len(result.feedback.splitlines()) == 2 * len(FAMILIES)
        assert result.measures["memory"] == 50.0
        assert result.artifacts == {"spread": "0.000"}
    assert growths == pytest.approx([0.0, 1.0, 2.0])


def test_one_size_has_no_growth():
    assert score(reference, sizes=(30,)).measures["growth"] == 0.0


def test_every_measured_input_is_new():
    trials = []
    for seed in (7, 7, 8):
        trial = Times(reference)
        trial.seed = seed
        NearestNeighbours((20, 40), 3).evaluate(trial)
        trials.append(trial.measured)
    assert Counter(len(points) for points in trials[0]) == {20: 6, 40: 6}
    assert len({points.tobytes() for points in trials[0]}) == 12
    assert all((a == b).all() for a, b in zip(trials[0], trials[1], strict=True))
    assert all((a != b).any() for a, b in zip(trials[0], trials[2], strict=True))


def test_clustered_points_are_nearer_each_other():
    near, far = (
        np.median(reference(draw_points(family, 500, np.random.default_rng(0))))
        for family in reversed(FAMILIES)
    )
    assert near < far / 2


@pytest.mark.parametrize(
    ("nearest", "reason"),
    [
        (lambda points: None, "must be an array"),
        (lambda points: reference(points)[:1], "must have the shape"),
        (lambda points: reference(points) * np.nan, "must be finite"),
        (
            lambda points: reference(points) + 2e-9,
            r"nearest\(points\)\[\d+\] of 2 points is 0.5000000\d* and should be",
        ),
        (lambda points: reference(points.astype(np.float32)), "and should be"),
    ],
)
def test_a_wrong_distance_is_refused(nearest, reason):
    with pytest.raises(Invalid, match=reason):
        score(nearest)


def test_errors_within_the_tolerance_pass():
    assert score(lambda points: reference(points) + 5e-10).objectives["speedup"] > 0.0


def test_a_distance_that_is_wrong_only_when_measured_is_refused():
    calls = []

    def tiring(points):
        calls.append(len(points))
        return reference(points) if len(calls) < 12 else np.zeros(len(points))

    with pytest.raises(Invalid, match=r"of 20 points is 0\.0"):
        score(tiring)
