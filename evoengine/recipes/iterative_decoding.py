"""Iterative agent decoding: each attempt sees the best and the worst so far."""

from typing import ClassVar

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class IterativeDecoding(ArchiveRecipe):
    """Improve the best so far, away from the worst so far; the evaluator is the verifier that says which they are.

    Chakraborty et al. 2025, "Iterative agent decoding": a sequence of attempts, each conditioned on the best
    and the worst by the verifier's score, so that a prompt holds as much of the signal of the scores as two
    candidates can. The first attempts, before two scores differ, are plain rewrites.

    Parameters
    ----------
    together
        Attempts that may be in flight at once; the paper's 1 makes a strict chain.
    """

    summary: ClassVar[str] = "improve the best so far, with the worst so far in sight as what to avoid"
    source: ClassVar[str] = "Chakraborty et al. 2025, 'Review, refine, repeat', arXiv:2504.01931"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, together: int = 1) -> None:
        if together < 1:
            raise ValueError(f"together must be at least 1, not {together}")
        super().__init__(problem, PopulationArchive(1), ("avoid", "rewrite"))
        self._together = together
        self._worst: Known | None = None

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Improve the best, away from the worst."""
        best, worst = self.archive.best(), self._worst
        if best is None or worst is None or view.in_flight >= self._together:
            return None
        if worst.evaluation.fitness == best.evaluation.fitness:
            return Job(view.proposal, "rewrite", (best.candidate.id,))
        return Job(view.proposal, "avoid", (best.candidate.id, worst.candidate.id))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Keep the best and the worst of all that were scored."""
        worst = None if self._worst is None else self._worst.evaluation.fitness
        if evaluation.fitness is not None and (worst is None or evaluation.fitness < worst):
            self._worst = Known(candidate, evaluation)
        return super().tell(candidate, evaluation)
