"""The best so far of a run, against what it had spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evoengine.budget import Budget
from evoengine.encoding import decode_usage
from evoengine.report.run import Run
from evoengine.types import Objective, Usage

Axis = Literal["evaluations", "dollars"]
AXES: tuple[Axis, ...] = get_args(Axis)


@dataclass(frozen=True, slots=True)
class Curve:
    """A step function: the first objective of the fittest candidate so far, in its own direction and unit.

    Attributes
    ----------
    spent
        What had been spent in all when each value was reached, ascending; the first is that of the first
        valid candidate.
    values
        One for each of `spent`.
    total
        What was spent in the end, within the budget.
    """

    spent: Sequence[Usage]
    values: Sequence[float]
    total: Usage

    @property
    def value(self) -> float:
        """The last value: the best of the run."""
        return self.values[-1]

    def at(self, axis: Axis, spent: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the value at each amount spent; before the first valid candidate, that one's."""
        steps = np.array([getattr(usage, axis) for usage in self.spent], np.float64)
        place = np.maximum(0, np.searchsorted(steps, spent, side="right") - 1)
        return np.asarray(self.values, np.float64)[place]

    def area(self, evaluations: int) -> float:
        """Give the area under the curve over so many evaluations, divided by their number.

        It is the mean, over the evaluations 1 to `evaluations`, of the best so far, in the objective's unit:
        of two runs that end alike, the one that was good early has the better area.
        """
        return float(self.at("evaluations", np.arange(1.0, evaluations + 1.0)).mean())

    def first(self, target: float, objective: Objective) -> Usage | None:
        """Give what had been spent when the target was reached or passed; None if it never was."""
        sign = 1.0 if objective.direction == "max" else -1.0
        reached = (
            u for u, value in zip(self.spent, self.values, strict=True) if sign * (value - target) >= 0
        )
        return next(reached, None)


def read_curve(run: Run, objective: Objective, budget: Budget) -> Curve | None:
    """Read the curve of a run; None where no candidate is valid.

    What was told after more had been spent than the budget's evaluations, calls, tokens or dollars is left
    out: a conversation that is under way when a limit is reached still ends, and its result is not of equal
    cost.
    """
    sign = 1.0 if objective.direction == "max" else -1.0
    spent, total, best = Usage(), Usage(), None
    steps: list[Usage] = []
    values: list[float] = []
    for event in run.store.events(("seeded", "told", "abandoned")):
        results = event.body.get("results", [])
        bodies = [result["evaluation"] for result in results] or [event.body]
        for body in bodies:
            spent += decode_usage(body["usage"])
            if _beyond(spent, budget):
                break
            total = spent
            fitness: float | None = body.get("fitness")
            if fitness is not None and (best is None or fitness > best):
                best = fitness
                steps.append(spent)
                values.append(body.get("objectives", {}).get(objective.name, sign * fitness))
    return Curve(steps, values, total) if values else None


def _beyond(spent: Usage, budget: Budget) -> bool:
    amounts = {
        "evaluations": spent.evaluations,
        "calls": spent.calls,
        "tokens": spent.tokens_in + spent.tokens_out,
        "dollars": spent.dollars,
    }
    limits = {name: getattr(budget, name) for name in amounts}
    return any(limit is not None and amounts[name] > limit for name, limit in limits.items())
