import numpy as np
import pytest

from evaluators.bin_packing import CAPACITIES, HELD_OUT, TRAIN, OnlineBinPacking
from evoengine.errors import CandidateFailure
from evoengine.evaluation import Invalid

PUBLISHED = [f"uniform-{i}" for i in range(20)] + [f"weibull-{i}" for i in range(2)]


class Drives:
    """A trial whose candidate is this function."""

    def __init__(self, priority, cases):
        self._priority = priority
        self.cases = tuple(cases)

    def drive(self, name):
        assert name == "priority"
        return self._priority


def score(priority, cases=PUBLISHED, **sizes):
    return OnlineBinPacking(**sizes).evaluate(Drives(priority, cases))


def first_fit(item, bins):
    return -np.arange(float(len(bins)))


def best_fit(item, bins):
    return item - bins


def funsearch_or(item, bins):
    """Romera-Paredes et al. 2024, the heuristic for the OR datasets, as a table of the room left."""
    room = [2, 3, 5, 7, 9, 12, 15, 18, 20, 21]
    values = np.array([4, 3, 2, 1, 0.9, 0.95, 0.97, 0.98, 0.98, 0.98, 0.99])
    return values[np.searchsorted(room, bins - item)]


def funsearch_weibull(item, bins):
    """The same paper's heuristic for the Weibull datasets."""
    values = (bins - bins.max()) ** 2 / item + bins**2 / item**2 + bins**2 / item**3
    values = np.where(bins > item, -values, values)
    return np.concatenate([values[:1], np.diff(values)])


@pytest.mark.parametrize(
    ("heuristic", "uniform", "weibull"),
    [
        (first_fit, 5.74, 4.23),
        (best_fit, 5.37, 3.98),
        (funsearch_or, 3.11, 3.1),
        (funsearch_weibull, 12.8, 0.68),
    ],
)
def test_published_heuristics_reach_their_published_excess(heuristic, uniform, weibull):
    """The instances are drawn anew, so within the spread between sets of instances."""
    result = score(heuristic)
    by_family = dict(line.split(":") for line in result.feedback.splitlines())
    assert float(by_family["uniform"].split()[0]) == pytest.approx(uniform, abs=0.5)
    assert float(by_family["weibull"].split()[0]) == pytest.approx(weibull, abs=0.2)
    held_out = dict(line.split(":") for line in result.artifacts["held_out"].splitlines())
    assert float(held_out["uniform"].split()[0]) == pytest.approx(uniform, abs=0.5)
    assert float(held_out["weibull"].split()[0]) == pytest.approx(weibull, abs=0.2)


def reference(items, capacity):
    """Count the bins of best fit, readably; the earliest of equals."""
    bins = []
    for item in items:
        fitting = [i for i, room in enumerate(bins) if room >= item]
        if not fitting:
            bins.append(capacity - item)
        else:
            bins[min(fitting, key=lambda i: bins[i])] -= item
    return len(bins)


@pytest.mark.parametrize("case", ["uniform-0", "weibull-3"])
def test_best_fit_is_best_fit(case):
    packing = OnlineBinPacking(weibull_items=700)
    items, capacity = packing.instance(case), CAPACITIES[case[:7]]
    bound = -(-items.sum() // capacity)
    result = packing.evaluate(Drives(best_fit, [case]))
    expected = 100 * (reference(items, capacity) / bound - 1)
    assert result.cases == {case: pytest.approx(-expected)}
    assert result.objectives == {"excess": pytest.approx(expected)}
    assert result.measures["tightness"] == 1.0
    assert not result.exact


def test_what_the_candidate_sees():
    seen = []

    def watch(item, bins):
        seen.append((item, bins.copy()))
        return best_fit(item, bins)

    score(watch, ["uniform-0"])
    items = OnlineBinPacking().instance("uniform-0").tolist()
    assert [item for item, _ in seen[:500]] == items
    assert all(type(item) is float for item, _ in seen)
    assert all((bins >= item).all() and bins[-1] == 150.0 for item, bins in seen)
    assert len(seen) == 1000


def test_measures_tell_old_bins_from_new():
    always_new = score(lambda _, bins: np.arange(float(len(bins))), ["uniform-0"])
    assert always_new.measures["newness"] == 1.0
    assert always_new.objectives["excess"] > 100.0
    always_old = score(first_fit, ["uniform-0"])
    assert always_old.measures["newness"] < 0.5


def test_instances_are_distinct_and_in_range():
    packing = OnlineBinPacking()
    drawn = [packing.instance(c, s) for c in ("uniform-0", "uniform-1") for s in (TRAIN, HELD_OUT)]
    assert len({tuple(items) for items in drawn}) == 4
    for items in drawn:
        assert len(items) == 500
        assert items.min() >= 20
        assert items.max() <= 100
    weibull = packing.instance("weibull-0")
    assert len(weibull) == 5000
    assert (weibull == weibull.round()).all()
    assert 1 <= weibull.min() <= weibull.max() <= 100
    assert OnlineBinPacking(seed=1).instance("uniform-0").tolist() != drawn[0].tolist()
    assert OnlineBinPacking().instance("uniform-0").tolist() == drawn[0].tolist()


@pytest.mark.parametrize("answer", [None, [], [np.nan], [True], 1.0, np.array([1j])])
def test_what_is_no_priority_is_refused(answer):
    with pytest.raises(Invalid, match=r"priority\(item, bins\)"):
        score(lambda *_: answer)


def test_a_failure_of_the_candidate_passes_through():
    def fail(item, bins):
        raise CandidateFailure("timeout", "too slow")

    with pytest.raises(CandidateFailure, match="timeout: too slow"):
        score(fail)
