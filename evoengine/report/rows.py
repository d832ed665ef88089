"""What the runs of one recipe come to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evoengine.problem import Objective
from evoengine.report.curves import AXES, Curve
from evoengine.report.statistics import (
    Interval,
    improvement_interval,
    median,
    median_interval,
    probability_of_improvement,
    quartiles,
)


@dataclass(frozen=True, slots=True)
class Row:
    """What the finished runs of one recipe come to; None where there is nothing to say it from.

    Values are of the first objective, in its own direction and unit.

    Attributes
    ----------
    finished, runs
        How many runs are done, of how many. The others count in no figure.
    median, quartiles, interval
        Of the best of each run; `median_interval`.
    better, better_interval
        `probability_of_improvement` over the baseline; None for the baseline itself.
    area
        Median of `Curve.area`.
    evaluations, dollars
        Medians of what was spent.
    reached, evaluations_to_target, dollars_to_target
        How many finished runs reached the target, and the medians of what that took, where a run that did
        not counts as more than any number: None unless more than half of them did.
    """

    recipe: str
    finished: int
    runs: int
    median: float | None = None
    quartiles: Interval | None = None
    interval: Interval | None = None
    better: float | None = None
    better_interval: Interval | None = None
    area: float | None = None
    evaluations: float | None = None
    dollars: float | None = None
    reached: int | None = None
    evaluations_to_target: float | None = None
    dollars_to_target: float | None = None


def make_row(
    row: Row,
    curves: Sequence[Curve],
    theirs: Sequence[Curve],
    *,
    objective: Objective,
    evaluations: int,
    target: float | None,
) -> Row:
    """Fill in a row's figures.

    Parameters
    ----------
    row
        Says how many runs there are.
    curves, theirs
        Of the finished runs of this recipe, and of the baseline; none where this is the baseline.
    evaluations
        What areas are over.
    """
    if not curves:
        return row
    values = [curve.value for curve in curves]
    filled = replace(
        row,
        median=median(values),
        quartiles=quartiles(values),
        interval=median_interval(values),
        area=median([curve.area(evaluations) for curve in curves]),
        evaluations=median([curve.total.evaluations for curve in curves]),
        dollars=median([curve.total.dollars for curve in curves]),
    )
    if theirs:
        others = [curve.value for curve in theirs]
        pair = (values, others) if objective.direction == "max" else (others, values)
        better, interval = probability_of_improvement(*pair), improvement_interval(*pair)
        filled = replace(filled, better=better, better_interval=interval)
    return filled if target is None else _with_target(filled, curves, target, objective)


def _with_target(row: Row, curves: Sequence[Curve], target: float, objective: Objective) -> Row:
    found = [curve.first(target, objective) for curve in curves]
    amounts = [
        median([math.inf if usage is None else getattr(usage, axis) for usage in found]) for axis in AXES
    ]
    evaluations, dollars = (amount if math.isfinite(amount) else None for amount in amounts)
    reached = sum(usage is not None for usage in found)
    return replace(row, reached=reached, evaluations_to_target=evaluations, dollars_to_target=dollars)
