"""Figures of an archive: functions of what it holds, exactly rounded, whatever the order of the sums."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from math import fsum, isfinite, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from evoengine.case_scores import array_of
from evoengine.problem import Objective
from evoengine.types import Evaluation, Known


def fitness_of(evaluation: Evaluation) -> float:
    """Give the fitness of an ``ok`` evaluation. Raises `ValueError` when it is missing or not finite."""
    fitness = evaluation.fitness
    if fitness is None or not isfinite(fitness):
        raise ValueError(f"candidate {evaluation.candidate!r} is ok, but its fitness is {fitness}")
    return fitness


def lower_bound(evaluation: Evaluation, z: float) -> float:
    """Give the lower confidence bound ``fitness - z * deviation / sqrt(repeats)`` of the mean fitness.

    `z` is at least 0: 0 gives the fitness, 1.64 the bound that 95 % of means of normal noise lie above. A
    single repeat tells nothing of the noise: its deviation is 0 and its bound the fitness, so that bounds
    are worth comparing only where candidates that may be accepted are evaluated twice or more. Raises
    `ValueError` as `fitness_of` does.
    """
    fitness = fitness_of(evaluation)
    return fitness - z * evaluation.deviation / sqrt(evaluation.repeats) if z else fitness


def confidence_checked(confidence: float) -> float:
    """Give it back. Raises `ValueError` unless it is finite and at least 0."""
    if not (isfinite(confidence) and confidence >= 0.0):
        raise ValueError(f"the confidence must be finite and at least 0, not {confidence}")
    return confidence


def revised(known: Known, evaluation: Evaluation) -> Known:
    """Give the candidate with the evaluation of a copy of it."""
    return Known(known.candidate, replace(evaluation, candidate=known.candidate.id))


def best_now(best: Known | None, new: Known, confidence: float, held: Iterable[Known]) -> Known:
    """Give the best after `new`, by lower bound, the earliest of equals.

    `new` may be a copy of `best` with more repeats, whose evaluation then replaces that of `best`. If it
    has fallen by that, the best is sought anew among it and those that are still `held`.
    """
    if best is None:
        return new
    before, now = lower_bound(best.evaluation, confidence), lower_bound(new.evaluation, confidence)
    if best.candidate.digest != new.candidate.digest:
        return new if now > before else best
    if new.evaluation.repeats <= best.evaluation.repeats:
        return best
    again = revised(best, new.evaluation)
    if now >= before:
        return again
    return max((again, *held), key=lambda known: lower_bound(known.evaluation, confidence))


def total(values: Sequence[float]) -> float:
    """Sum exactly, rounding once (`math.fsum`); a sum beyond the largest float is infinite."""
    try:
        return fsum(values)
    except OverflowError:
        scale = 2.0**64
        return fsum(value / scale for value in values) * scale


def summary(elites: Iterable[Known], best: Known | None) -> dict[str, float]:
    """Give `num_elites`, and where there are any, `best` (the fitness of `best`) and `mean` (of the elites')."""
    fitness = [fitness_of(known.evaluation) for known in elites]
    if best is None:
        return {"num_elites": 0}
    return {
        "num_elites": len(fitness),
        "best": fitness_of(best.evaluation),
        "mean": total(fitness) / len(fitness),
    }


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


def scores_on(evaluation: Evaluation, cases: Sequence[str]) -> NDArray[np.float64]:
    """Give the scores on cases, shape ``(len(cases),)``.

    Raises `ValueError`, naming the case, for a score that is missing or not finite.
    """
    return _finite(evaluation, cases, evaluation.cases, "score on the case")


def goals_of(evaluation: Evaluation, objectives: Sequence[Objective]) -> NDArray[np.float64]:
    """Give the objectives, shape ``(len(objectives),)``, those to minimise negated: higher is better in each.

    Raises `ValueError`, naming the objective, for one that is missing or not finite.
    """
    names = [objective.name for objective in objectives]
    values = _finite(evaluation, names, evaluation.objectives, "objective")
    return np.where([objective.direction == "min" for objective in objectives], -values, values)


def _finite(
    evaluation: Evaluation, names: Sequence[str], values: Mapping[str, float], kind: str
) -> NDArray[np.float64]:
    # All of them in order, as is usual, needs no look-up of each.
    if tuple(values) == tuple(names):
        row = array_of(values)
    else:
        row = np.fromiter((values.get(name, nan) for name in names), np.float64, len(names))
    wrong = np.flatnonzero(~np.isfinite(row))
    if len(wrong):
        name = names[int(wrong[0])]
        raise ValueError(
            f"candidate {evaluation.candidate!r} has no finite {kind} {name!r}, but {values.get(name)}"
        )
    return row
