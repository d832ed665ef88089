"""Arithmetic on repeated evaluations of one candidate: means, errors, confidence intervals."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from evoengine.types import Evaluation

_T95 = (
    12.706,
    4.303,
    3.182,
    2.776,
    2.571,
    2.447,
    2.365,
    2.306,
    2.262,
    2.228,
    2.201,
    2.179,
    2.160,
    2.145,
    2.131,
)
"""Student's t, two-sided 95 %, for 1 to 15 degrees of freedom; beyond, `_t95` expands it."""

_Z95 = 1.959964


def pooled(evaluations: Sequence[Evaluation]) -> Evaluation:
    """Give one evaluation for several of the same genome, each of one or more repeats.

    Fitness, objectives, numeric measures and case scores are means weighted by repeats, `deviation` is the
    sample standard deviation over all repeats (Chan, Golub and LeVeque 1983, "Algorithms for computing the
    sample variance", equation 2.1), seconds and usage are sums, the rest is the first's. One that is not
    ``ok`` is the result, the first of them: a candidate that fails now and then has failed.

    Raises
    ------
    ValueError
        There is none.
    """
    if not evaluations:
        raise ValueError("there is no evaluation to pool")
    return reduce(_joined, evaluations)


def _joined(a: Evaluation, b: Evaluation) -> Evaluation:
    spent = {
        "usage": a.usage + b.usage,
        "wall_seconds": a.wall_seconds + b.wall_seconds,
        "cpu_seconds": a.cpu_seconds + b.cpu_seconds,
        "memory_mb": max(a.memory_mb, b.memory_mb),
    }
    if a.fitness is None or b.fitness is None:
        return replace(b if a.fitness is not None else a, **spent)
    n, m = a.repeats, b.repeats
    gap = b.fitness - a.fitness
    squares = (n - 1) * a.deviation**2 + (m - 1) * b.deviation**2 + gap**2 * n * m / (n + m)
    return replace(
        a,
        fitness=a.fitness + gap * m / (n + m),
        objectives=_means(a.objectives, b.objectives, n, m),
        measures=_means(a.measures, b.measures, n, m),
        cases=_means(a.cases, b.cases, n, m),
        repeats=n + m,
        deviation=math.sqrt(squares / (n + m - 1)),
        exact=a.exact and b.exact,
        **spent,
    )


def _means(a: Mapping[str, Any], b: Mapping[str, Any], n: int, m: int) -> Mapping[str, Any]:
    """Give the weighted means of what both have; a category is the first's."""
    return {
        name: value if isinstance(value, str) or name not in b else (n * value + m * b[name]) / (n + m)
        for name, value in a.items()
    }


def standard_error(evaluation: Evaluation) -> float:
    """Give the standard error of the mean fitness: deviation / sqrt(repeats); 0 for a single evaluation."""
    return evaluation.deviation / math.sqrt(evaluation.repeats)


def interval(evaluation: Evaluation) -> tuple[float, float] | None:
    """Give Student's 95 % confidence interval of the mean fitness; None where nothing was repeated."""
    if evaluation.fitness is None or evaluation.repeats < 2:
        return None
    half = _t95(evaluation.repeats - 1) * standard_error(evaluation)
    return evaluation.fitness - half, evaluation.fitness + half


def _t95(freedom: int) -> float:
    """Give the 97.5 % quantile of Student's t; beyond the table Abramowitz and Stegun 1964, 26.7.5."""
    if freedom <= len(_T95):
        return _T95[freedom - 1]
    z = _Z95
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
