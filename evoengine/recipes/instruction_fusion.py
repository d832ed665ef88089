"""Instruction Fusion: two instructions become one that asks for both."""

from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import KeepingArchive
from evoengine.operators.evolving import Deepen, Fuse
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class InstructionFusion(ArchiveRecipe):
    """Draw two instructions and fuse them into one natural task; all that was valid is the data set.

    Guo et al. 2024, section 2. Fused ones may be fused again; with a single instruction, it is deepened.
    """

    summary: ClassVar[str] = "two instructions drawn at random are fused into one; all are kept"
    source: ClassVar[str] = (
        "Guo et al. 2024, 'Instruction fusion: advancing prompt evolution', arXiv:2312.15692"
    )
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem, KeepingArchive(), ("rewrite",))
        self.use(Fuse(), Deepen())

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Fuse two, drawn uniformly."""
        members = self.archive.elites()
        if not members:
            return None
        parents = tuple(known.candidate.id for known in selection.inspirations(members, 2, rng))
        return Job(view.proposal, "fuse" if len(parents) > 1 else "deepen", parents)
