"""Reflexion: one chain of attempts, with a memory of what was learnt from the ones before."""

from typing import ClassVar

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class Reflexion(ArchiveRecipe):
    """Reflect in words on the last attempt and its feedback, remember that, and try again.

    Shinn et al. 2023, algorithm 1: the evaluator judges, a self-reflection model turns the outcome into
    words, and the actor's next attempt sees the latest reflections. It goes on from the last attempt, good
    or bad, until the budget ends; the best of all is kept. One proposal at a time.

    Parameters
    ----------
    memory
        Reflections that are remembered, the paper's Omega, 1 to 3 there.
    """

    summary: ClassVar[str] = "one chain of attempts that remembers its reflections on the earlier ones"
    source: ClassVar[str] = (
        "Shinn et al. 2023, 'Reflexion: language agents with verbal reinforcement learning'"
    )
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, memory: int = 3) -> None:
        if memory < 1:
            raise ValueError(f"memory must be at least 1, not {memory}")
        super().__init__(problem, PopulationArchive(1), ("reflect",))
        # The reflection that leads to an attempt is written in the same conversation.
        self._memory = self.remember("reflect", memory - 1)
        self._last: Known | None = None

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Reflect on the last attempt when it has ended."""
        if self.archive.best() is None or self._last is None or view.in_flight:
            return None
        args = {"notes": [attempt.id for attempt in self._memory]} if self._memory else {}
        return Job(view.proposal, "reflect", (self._last.candidate.id,), args=args)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember the attempt; the best of several seeds comes first."""
        verdict = super().tell(candidate, evaluation)
        best = self.archive.best()
        self._last = best if candidate.operator == "seed" else Known(candidate, evaluation)
        return verdict
