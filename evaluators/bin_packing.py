"""Online bin packing with a candidate's priority function: one item at a time, no way to look ahead."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
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

    `bins` were opened, `bound` are needed at least; the other two are its measures.
    """

    bins: int
    bound: int
    tightness: float
    newness: float


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
    Measures are ``tightness``, the share of items that went to a bin in which they left the least
    room, and ``newness``, the mean place of the chosen bin among those that fit (0 the first opened,
    1 the empty one). Every case has a held-out twin of the same size, packed afterwards; their excess is
    in the artifact ``held_out`` and nowhere else, so that no search is steered by it.
    """

    def __init__(self, uniform_items: int = 500, weibull_items: int = 5000, seed: int = 0) -> None:
        self._items = {"uniform": uniform_items, "weibull": weibull_items}
        self._seed = seed
        self._instances: dict[tuple[str, int], FloatArray] = {}

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for priorities that are not numbers, one for each bin."""
        step = trial.drive("priority")
        packings = {name: self._pack(step, name, TRAIN) for name in trial.cases}
        families = _excess_by_family(packings)
        held_out = {name: self._pack(step, name, HELD_OUT) for name in trial.cases}
        return Score(
            objectives={"excess": fmean(families.values())},
            measures={
                "tightness": fmean(packing.tightness for packing in packings.values()),
                "newness": fmean(packing.newness for packing in packings.values()),
            },
            cases={name: -_excess([packing]) for name, packing in packings.items()},
            feedback=_describe(families),
            artifacts={"held_out": _describe(_excess_by_family(held_out))},
        )

    def instance(self, case: str, split: int = TRAIN) -> FloatArray:
        """Give the sizes of the items of a case, in the order of their arrival."""
        if (case, split) not in self._instances:
            family, number = case.split("-")
            stream = [self._seed, split, list(CAPACITIES).index(family), int(number)]
            rng = np.random.default_rng(stream)
            if family == "uniform":
                sizes = rng.integers(20, 101, self._items[family]).astype(np.float64)
            else:
                sizes = np.clip(np.floor(45.0 * rng.weibull(3.0, self._items[family])), 1.0, 100.0)
            self._instances[case, split] = sizes
        return self._instances[case, split]

    def _pack(self, step: Callable[..., Any], case: str, split: int) -> _Packing:
        items, capacity = self.instance(case, split), CAPACITIES[_family(case)]
        room = np.full(len(items) + 1, capacity)
        used, tightest, newest = 0, 0, 0.0
        for item in items.tolist():
            fits = np.flatnonzero(room[: used + 1] >= item)
            bins = room[fits]
            place = int(np.argmax(array(step(item, bins), "priority(item, bins)", bins.shape)))
            chosen = int(fits[place])
            tightest += bool(bins[place] == bins.min())
            newest += place / (len(fits) - 1) if len(fits) > 1 else 1.0
            room[chosen] -= item
            used = max(used, chosen + 1)
        # The L1 bound of Martello and Toth: the sizes over the capacity, rounded up.
        bound = math.ceil(items.sum() / capacity)
        return _Packing(used, bound, tightest / len(items), newest / len(items))


def _family(case: str) -> str:
    return case.partition("-")[0]


def _excess(packings: Iterable[_Packing]) -> float:
    """Give the bins used beyond those needed at least, in per cent of the latter."""
    packings = tuple(packings)
    return 100.0 * (sum(p.bins for p in packings) / sum(p.bound for p in packings) - 1.0)


def _excess_by_family(packings: Mapping[str, _Packing]) -> dict[str, float]:
    """Give the excess over all instances of each family together, in per cent."""
    families = dict.fromkeys(_family(case) for case in packings)
    return {
        family: _excess(packing for case, packing in packings.items() if _family(case) == family)
        for family in families
    }


def _describe(families: Mapping[str, float]) -> str:
    return "\n".join(
        f"{family}: {excess:.3f} % more bins than the bound" for family, excess in families.items()
    )
