"""EvoScale: a fixed budget of samples spent in rounds, each conditioned on the best of the last."""

from typing import ClassVar

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.recipes.generations import Generations
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class EvoScale(ArchiveRecipe):
    """Sample, select, and sample again with the selected in sight.

    Zeng et al. 2025, section 4: instead of N independent samples, T rounds of M; each round is conditioned
    on the K best of the one before, and so moves the distribution of samples upwards. The evaluator scores,
    in the place of the paper's reward model. Left out: the training by which the model learns to do without
    a scorer. A round in which nothing was scored is followed by one from the best so far.

    Parameters
    ----------
    samples
        Proposals in a round, the paper's M (recalled, not re-checked).
    selected
        How many of the last round a prompt shows, the paper's K (recalled, not re-checked).
    """

    summary: ClassVar[str] = "rounds of samples, each made with the best of the last round in sight"
    source: ClassVar[str] = "Zeng et al. 2025, 'Satori-SWE: evolutionary test-time scaling', arXiv:2505.23604"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, samples: int = 10, selected: int = 5) -> None:
        super().__init__(problem, PopulationArchive(selected), ("rewrite",))
        self._rounds = Generations(samples, keep=selected)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Sample with the selected of the last round in sight, the best of them as the parent."""
        best, selected = self.archive.best(), self._rounds.parents(view)
        if best is None or selected is None:
            return None
        parent, *others = (known.candidate.id for known in (selected or (best,)))
        return Job(view.proposal, "rewrite", (parent,), tuple(others))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember the round."""
        self._rounds.tell(Known(candidate, evaluation))
        return super().tell(candidate, evaluation)
