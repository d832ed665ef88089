"""Directional feedback, synthesised from past attempts and their scores."""

from typing import ClassVar

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.operators.prompting import Steer
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class Directional(ArchiveRecipe):
    """Have it said from the best attempts which way to move, and move the best that way.

    Nie et al. 2024, section 4 (number recalled).

    Parameters
    ----------
    attempts
        Past attempts that are compared with the best: the next best ones.
    together
        Attempts that may be in flight at once; the paper's 1 makes a strict chain.
    """

    summary: ClassVar[str] = "which way to move, said from past attempts and their scores; then that move"
    source: ClassVar[str] = (
        "Nie et al. 2024, 'The importance of directional feedback for LLM-based optimizers'"
    )
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, attempts: int = 5, together: int = 1) -> None:
        if min(attempts, together) < 1:
            raise ValueError(f"attempts and together must be at least 1, not {attempts} and {together}")
        super().__init__(problem, PopulationArchive(attempts + 1), ("rewrite",))
        self.use(Steer(ascending=True))
        self._together = together

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Compare the best with the next best; where there is one attempt only, rewrite it."""
        best = self.archive.best()
        if best is None or view.in_flight >= self._together:
            return None
        others = tuple(known.candidate.id for known in self.elites() if known is not best)
        if not others:
            return Job(view.proposal, "rewrite", (best.candidate.id,))
        return Job(view.proposal, "steer", (best.candidate.id,), others)
