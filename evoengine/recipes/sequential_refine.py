"""Sequential refinement: one chain of attempts, each made with the last ones in sight."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class SequentialRefine(ArchiveRecipe):
    """Improve one candidate again and again, one proposal at a time, with its feedback in the prompt.

    The baseline that shows what feedback alone is worth, without a population: Madaan et al. 2023 with
    the evaluator in the place of self-feedback. Theirs goes on from the last attempt and shows all
    earlier ones, for at most 4 rounds; here the rounds are the budget, so the history is cut.

    Parameters
    ----------
    start
        Each attempt goes on from the ``best`` so far, or from the ``last``, even if that failed.
    history
        How many of the latest attempts the prompt shows beside that one, failed ones included.
    """

    summary: ClassVar[str] = "one chain, always from the best or the last, with its feedback"
    source: ClassVar[str] = "Madaan et al. 2023, 'Self-Refine: iterative refinement with self-feedback'"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        start: Literal["best", "last"] = "best",
        history: int = 2,
        operators: Sequence[str] = ("rewrite",),
    ) -> None:
        if start not in {"best", "last"}:
            raise ValueError(f"start must be best or last, not {start!r}")
        if history < 0:
            raise ValueError(f"history must be at least 0, not {history}")
        super().__init__(problem, PopulationArchive(1), operators)
        self._start = start
        self._history = history
        self._latest: deque[Known] = deque(maxlen=history + 1)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Go on from the best or the last, when the attempt before has ended."""
        best = self.archive.best()
        if best is None or view.in_flight:
            return None
        parent = best if self._start == "best" else self._latest[-1]
        others = [known.candidate.id for known in self._latest if known.candidate != parent.candidate]
        job = self.propose(view, rng, lambda: parent)
        return job and replace(job, inspirations=tuple(others[max(0, len(others) - self._history) :]))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember the attempt; keep the best of all."""
        self._latest.append(Known(candidate, evaluation))
        return super().tell(candidate, evaluation)
