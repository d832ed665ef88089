"""Online bin packing with a candidate's priority function: one item at a time, no way to look ahead."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluators.gates import FloatArray, array
from evoengine.evaluation import Score, Trial

TRAIN, HELD_OUT = 0, 1

CAPACITIES: Mapping[str, float] = {"uniform": 150.0, "weibull": 100.0}
"""The capacity of a bin, by family of instances."""


@dataclass(frozen=True, slots=True)
class _Packing:
    """What became of one instance.

    Attributes
    ----------
    bins
        How many were opened.
    bound
        How many are needed at least: the L1 bound, all sizes over the capacity, rounded up.
    tightest
        Share of items that went to a bin in which they left the least room, 0 to 1.
    newest
        Mean place of the chosen bin among those that fit, 0 the first opened, 1 the empty one.
    """

    bins: int
    bound: int
    tightest: float
    newest: float


class OnlineBinPacking:
    """Scores a priority function by the bins it needs beyond a lower bound; lower is better.

    The candidate's ``priority(item, bins)`` is called for each item in turn, with its size and an array
    of the room left in every bin that it fits into: those in use in the order of their opening, then
    one empty bin. It gives as many finite numbers; the item goes to the bin with the largest, the first
    among equals. It is called in a process of its own and sees one item at a time.

    The objective ``excess`` is in per cent of the L1 bound: bins used over bins needed at least, over all
    instances of a family together, averaged over the families. The cases are instances, named
    ``uniform-0``, ``weibull-1`` and so on; a case's score is its negative excess.

    Parameters
    ----------
    uniform_items
        Items of an instance of the family of OR-Library's binpack1 to binpack4 (binpack3, or OR3: 500).
        Sizes are whole, uniform in [20, 100]; the capacity is 150.
    weibull_items
        Items of an instance of the family of Castineiras et al. (2012). Sizes are drawn from a Weibull
        distribution of shape 3 and scale 45, rounded down, in [1, 100]; the capacity is 100.
    seed
        Of all instances. The held-out ones come from streams of their own.

    Notes
    -----
    Measures are ``tightest_share`` and ``newest_share`` (see the README). Where all cases are scored, as
    many held-out instances are packed as well; their excess is in the artifact ``held_out`` and nowhere
    else, so that no search is steered by it.
    """

    def __init__(self, uniform_items: int = 500, weibull_items: int = 5000, seed: int = 0) -> None:
        self._items = {"uniform": uniform_items, "weibull": weibull_items}
        self._seed = seed
        self._all: dict[tuple[str, int], FloatArray] = {}

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for priorities that are not numbers, one for each bin."""
        step = trial.drive("priority")
        packings = {name: self._pack(step, name, TRAIN) for name in trial.cases}
        families = _excess_by_family(packings)
        artifacts: dict[str, str] = {}
        if set(trial.cases) == set(trial.problem_cases):
            held_out = {name: self._pack(step, name, HELD_OUT) for name in trial.cases}
            artifacts["held_out"] = _describe(_excess_by_family(held_out))
        return Score(
            objectives={"excess": _mean(families.values())},
            measures={
                "tightest_share": _mean(packing.tightest for packing in packings.values()),
                "newest_share": _mean(packing.newest for packing in packings.values()),
            },
            cases={name: -_excess([packing]) for name, packing in packings.items()},
            feedback=_describe(families),
            artifacts=artifacts,
        )

    def _pack(self, step: Callable[..., Any], case: str, split: int) -> _Packing:
        family = case.partition("-")[0]
        items = self.instance(case, split)
        capacity = CAPACITIES[family]
        room = np.full(len(items) + 1, capacity)
        used, tightest, newest = 0, 0, 0.0
        for item in items.tolist():
            fits = np.flatnonzero(room[: used + 1] >= item)
            bins = room[fits]
            place = int(np.argmax(array(step(item, bins), "priority(...)", bins.shape)))
            chosen = int(fits[place])
            tightest += bool(bins[place] == bins.min())
            newest += place / (len(fits) - 1) if len(fits) > 1 else 1.0
            room[chosen] -= item
            used = max(used, chosen + 1)
        bound = int(np.ceil(items.sum() / capacity))
        return _Packing(used, bound, tightest / len(items), newest / len(items))

    def instance(self, case: str, split: int) -> FloatArray:
        """Give the sizes of the items of a case, in their order."""
        if (case, split) not in self._all:
            family, _, number = case.partition("-")
            count = self._items[family]
            stream = [self._seed, split, list(CAPACITIES).index(family), int(number)]
            rng = np.random.default_rng(stream)
            if family == "uniform":
                sizes = rng.integers(20, 101, count).astype(np.float64)
            else:
                sizes = np.clip(np.floor(45.0 * rng.weibull(3.0, count)), 1.0, 100.0)
            self._all[case, split] = sizes
        return self._all[case, split]
