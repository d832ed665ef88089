"""An operator whose feedback is weighed as a controller weighs errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evoengine.effects import Conversation, GaveUp
from evoengine.operators.reflect import Thinking
from evoengine.problem import Problem
from evoengine.types import Known

WORDS = 200
"""What all feedback together may take."""


@dataclass(frozen=True, slots=True)
class Control(Thinking):
    """Have feedback written in three parts, as long as the terms of a PID controller are great, then ask by it.

    Karn 2025, "Linear feedback control systems for iterative prompt optimization in large language models": the
    distance from a target is the error, and the sum of the terms says how far to change the prompt (the form of the
    controller recalled, not re-checked). With attempts 0 to k, the inspirations in order and then the parent::

        e_i = target - f_i                              f_i the fitness; of a failed attempt the worst there is
        P = proportional e_k,  I = integral sum(e_i),  D = derivative (e_k - e_(k-1))

    `WORDS` are shared out in proportion to |P|, |I| and |D|, evenly where all are 0. A single attempt has D = 0.

    Parameters
    ----------
    target
        A fitness.
    """

    proportional: float = 1.0
    integral: float = 0.1
    derivative: float = 0.5
    target: float = 1.0
    name = "control"

    def terms(self, problem: Problem, attempts: Sequence[Known]) -> tuple[float, float, float]:
        """Give P, I and D of attempts, the earliest first."""
        found = [known.evaluation.fitness for known in attempts]
        errors = [self.target - (problem.worst_fitness if fitness is None else fitness) for fitness in found]
        change = errors[-1] - errors[-2] if len(errors) > 1 else 0.0
        return self.proportional * errors[-1], self.integral * sum(errors), self.derivative * change

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        terms = self.terms(problem, (*inspirations, parents[0]))
        size = sum(map(abs, terms))
        words = [WORDS * (abs(term) / size if size else 1 / len(terms)) for term in terms]
        values = {name: f"{part:.0f}" for name, part in zip(("now", "ever", "change"), words, strict=True)}
        values["output"] = f"{sum(terms):.3g}"
        said = yield from self._consider(problem, "control", parents[:1], inspirations, **values)
        if not said:
            return GaveUp("empty")
        return (
            yield from self._carry_out(
                problem, "apply", parents[:1], inspirations, said, variable="reflection"
            )
        )
