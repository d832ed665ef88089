"""The best so far of a run, against what it had spent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evoengine.budget import Budget
from evoengine.encoding import decode_usage
from evoengine.problem import Objective
from evoengine.report.run import Run
from evoengine.types import Usage

Axis = Literal["evaluations", "dollars"]
AXES: tuple[Axis, ...] = get_args(Axis)


@dataclass(frozen=True, slots=True)
class Curve:
    """A step function: the first objective of the fittest candidate so far, in its own direction and unit.

    It gets worse only on a noisy problem, where the best candidate is evaluated again and sinks.

    Attributes
    ----------
    spent
        What had been spent in all when each value was reached, ascending; the first is that of the first
        valid candidate.
    values
        One for each of `spent`.
    total
        What was spent in the end, within the budget.
    checked
        What the final check of a noisy problem found of the last one; None where there was none.
    """

    spent: Sequence[Usage]
    values: Sequence[float]
    total: Usage
    checked: float | None = None

    @property
    def value(self) -> float:
        """The value of the run's best: as checked on fresh randomness, or where it was not, the last."""
        return self.values[-1] if self.checked is None else self.checked

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


class _Best:
    """The fittest candidate by what is known of each: one that was evaluated more often replaces itself."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._sign = 1.0 if objective.direction == "max" else -1.0
        self._known: dict[str, tuple[float, int, float, str]] = {}
        self._first = ""

    def take(self, result: Mapping[str, Any]) -> None:
        """Take a logged result."""
        body, candidate = result["evaluation"], result["candidate"]
        digest, fitness, repeats = candidate["digest"], body.get("fitness"), body.get("repeats", 1)
        old = self._known.get(digest)
        if fitness is None or (old is not None and repeats <= old[1]):
            return
        value = body.get("objectives", {}).get(self._objective.name, self._sign * fitness)
        self._known[digest] = (fitness, repeats, value, candidate["id"])
        if self._first == digest and old is not None and fitness < old[0]:
            self._first = max(self._known, key=lambda name: self._known[name][0])
        elif not self._first or fitness > self._known[self._first][0]:
            self._first = digest

    @property
    def value(self) -> float | None:
        """Its value of the objective."""
        return self._known[self._first][2] if self._first else None

    @property
    def id(self) -> str:
        """Its id, that of its last evaluation."""
        return self._known[self._first][3]


def read_curve(run: Run, objective: Objective, budget: Budget) -> Curve | None:
    """Read the curve of a run; None where no candidate is valid.

    What was told after more had been spent than the budget's evaluations, calls, tokens or dollars is left
    out: a conversation that is under way when a limit is reached still ends, and its result is not of equal
    cost. The final check of a noisy problem is beyond the budget, and is no cost here.
    """
    total, best = Usage(), _Best(objective)
    steps: list[Usage] = []
    values: list[float] = []
    for spent, result in _results(run):
        if _beyond(spent, budget):
            break
        total = spent
        if "evaluation" in result:
            best.take(result)
        if best.value is not None and (not values or best.value != values[-1]):
            steps.append(spent)
            values.append(best.value)
    if not values:
        return None
    checks = {check.candidate: check.evaluation.objectives.get(objective.name) for check in run.checks()}
    return Curve(steps, values, total, checks.get(best.id))


def _results(run: Run) -> Iterator[tuple[Usage, Mapping[str, Any]]]:
    """Iterate over the logged results, or bodies of what was abandoned, with what had been spent by then."""
    spent = Usage()
    for event in run.store.events(("seeded", "told", "abandoned")):
        for result in event.body.get("results", [event.body]):
            spent += decode_usage(result.get("evaluation", result)["usage"])
            yield spent, result


def _beyond(spent: Usage, budget: Budget) -> bool:
    amounts = {
        "evaluations": spent.evaluations,
        "calls": spent.calls,
        "tokens": spent.tokens_in + spent.tokens_out,
        "dollars": spent.dollars,
    }
    limits = {name: getattr(budget, name) for name in amounts}
    return any(limit is not None and amounts[name] > limit for name, limit in limits.items())
