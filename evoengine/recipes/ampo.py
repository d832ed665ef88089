"""AMPO: a prompt with branches for the patterns of its failures."""

from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import PopulationArchive
from evoengine.operators.prompting import Branch
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class AMPO(ArchiveRecipe):
    """Sort failures into patterns, add or deepen a branch for the most important one, and prune now and then.

    Yang et al. 2024, section 3 (number recalled). Parents are drawn from the few fittest, which is the paper's
    pre-pruning: what does not gain is not gone on with. Its post-pruning is to ask for the best in less, every so
    many proposals.

    Parameters
    ----------
    beam
        The fittest, from which parents are drawn uniformly.
    prune_every
        Proposals from one pruning to the next; 0: never.
    """

    summary: ClassVar[str] = (
        "failures sorted into patterns, a branch of the prompt for each, pruned now and then"
    )
    source: ClassVar[str] = "Yang et al. 2024, 'AMPO: automatic multi-branched prompt optimization'"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, beam: int = 3, prune_every: int = 10) -> None:
        if prune_every < 0:
            raise ValueError(f"prune_every must be at least 0, not {prune_every}")
        super().__init__(problem, PopulationArchive(beam), ("simplify",))
        self.use(Branch())
        self._prune_every = prune_every

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Branch one of the fittest, or prune the best."""
        best = self.archive.best()
        if best is None:
            return None
        if self._prune_every and view.proposal % self._prune_every == self._prune_every - 1:
            return Job(view.proposal, "simplify", (best.candidate.id,))
        parent = selection.uniform(list(self.elites()), rng)
        return Job(view.proposal, "branch", (parent.candidate.id,))
