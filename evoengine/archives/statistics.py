"""Figures of an archive: functions of what it holds, exactly rounded, whatever the order of the sums."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import fsum, isfinite

from evoengine.types import Evaluation, Known


def fitness_of(evaluation: Evaluation) -> float:
    """Give the fitness of an ``ok`` evaluation. Raises `ValueError` when it is missing or not finite."""
    fitness = evaluation.fitness
    if fitness is None or not isfinite(fitness):
        raise ValueError(f"candidate {evaluation.candidate!r} is ok, but its fitness is {fitness}")
    return fitness


def total(values: Sequence[float]) -> float:
    """Sum exactly, rounding once (`math.fsum`); a sum beyond the largest float is infinite."""
    try:
        return fsum(values)
    except OverflowError:
        scale = 2.0**64
        return fsum(value / scale for value in values) * scale


def summary(elites: Iterable[Known]) -> dict[str, float]:
    """Give `num_elites`, and where there are any, `best` and `mean`: the highest and mean fitness."""
    fitness = [fitness_of(known.evaluation) for known in elites]
    if not fitness:
        return {"num_elites": 0}
    return {"num_elites": len(fitness), "best": max(fitness), "mean": total(fitness) / len(fitness)}


def coverage(occupied: int, cells: int) -> float:
    """Give the share of the cells that are occupied, in [0, 1]."""
    return occupied / cells


def qd_score(elites: Iterable[Known], offset: float = 0.0) -> float:
    """Give the QD score: the sum over the elites of fitness - offset.

    Pugh et al. 2015, "Confronting the challenge of quality diversity", with the offset of pyribs. It never decreases over the inserts into a grid as long as no fitness is below `offset`.
    """
    return total([fitness_of(known.evaluation) - offset for known in elites])


def best_so_far(fitness: Iterable[float | None]) -> Iterator[float | None]:
    """Iterate over the highest fitness up to each evaluation; None stands for no valid one."""

    def better(best: float | None, new: float | None) -> float | None:
        return new if best is None or (new is not None and new > best) else best

    return accumulate(fitness, better)
