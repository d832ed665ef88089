"""STOP: an improver of programs that improves itself."""

from typing import ClassVar

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.operators.self_improve import SelfImprove
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Verdict, View


class STOP(ArchiveRecipe):
    """Run the latest improver that works on itself, with models and the utility at its call; then run what comes of it.

    Zelikman, Lorch, Mackey & Kalai 2023, algorithm 1, and its code. A candidate's fitness is what it makes of
    other programs, as in the problem ``self_improver``. A new improver takes the place of the last one
    if it works at all; the best of all is kept beside. Candidates that are no improvers are improved by
    the paper's first one: a few rewrites, of which the best is taken. One proposal at a time.

    Parameters
    ----------
    calls, samples
        How often an improver may ask a model while it improves itself, and with how many texts at a time.
    scores
        How many programs it may have evaluated.
    """

    summary: ClassVar[str] = "an improver of programs that improves itself, within budgets"
    source: ClassVar[str] = "Zelikman, Lorch, Mackey & Kalai 2023, 'Self-taught optimizer', arXiv:2310.02304"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, calls: int = 4, samples: int = 6, scores: int = 25) -> None:
        if min(calls, samples, scores) < 1:
            raise ValueError(
                f"calls, samples and scores must be at least 1, not {calls}, {samples}, {scores}"
            )
        super().__init__(problem, PopulationArchive(1), ("self_improve",))
        self.use(SelfImprove(samples=samples, calls=calls, scores=scores))
        self._latest = ""

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Run the latest improver on itself."""
        if not self._latest or view.in_flight:
            return None
        return Job(view.proposal, "self_improve", (self._latest,))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Go on from what works; of several seeds, from the best."""
        verdict = super().tell(candidate, evaluation)
        if evaluation.ok and (candidate.operator != "seed" or self.best() == candidate.id):
            self._latest = candidate.id
        return verdict
