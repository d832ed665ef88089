"""PID: a chain of prompts, steered as a controller steers a plant."""

from collections import deque
from typing import ClassVar

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.operators.controlling import Control
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Verdict, View


class PID(ArchiveRecipe):
    """Go on from the latest attempt, by feedback on what is wrong now, ever again, and since the last change.

    Karn 2025. How much is said of each goes by the controller's terms (`Control`). The gains, the target and the
    memory are our own: the paper leaves them to be tuned (recalled, not re-checked). One proposal at a time.

    Parameters
    ----------
    proportional, integral, derivative
        Gains of the error, of its sum over the attempts in memory, and of its last change; at least 0.
    target
        The fitness whose distance is the error; 1 is a prompt that solves every case.
    memory
        Attempts that are shown and summed, the latest among them; failed ones are left out.
    """

    summary: ClassVar[str] = (
        "one chain, whose feedback is weighed by the error now, its sum and its last change"
    )
    source: ClassVar[str] = (
        "Karn 2025, 'Linear feedback control systems for iterative prompt optimization', arXiv:2501.11979"
    )
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        proportional: float = 1.0,
        integral: float = 0.1,
        derivative: float = 0.5,
        target: float = 1.0,
        memory: int = 5,
    ) -> None:
        gains = (proportional, integral, derivative)
        if min(gains) < 0 or not any(gains):
            raise ValueError(f"gains must be at least 0, and one of them above, not {gains}")
        if memory < 1:
            raise ValueError(f"memory must be at least 1, not {memory}")
        super().__init__(problem, PopulationArchive(1), ("reflect",))
        self.use(Control(proportional=proportional, integral=integral, derivative=derivative, target=target))
        self._attempts: deque[str] = deque(maxlen=memory)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Go on from the latest attempt, when the one before has ended."""
        if not self._attempts or view.in_flight:
            return None
        *earlier, latest = self._attempts
        return Job(view.proposal, "control", (latest,), tuple(earlier))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember what is scored; keep the best of all."""
        if evaluation.ok:
            self._attempts.append(candidate.id)
        return super().tell(candidate, evaluation)
