"""Evoke: a reviewer who marks and explains, an author who edits, and the hard cases only."""

from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import PopulationArchive
from evoengine.operators.cases import Review
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class Evoke(ArchiveRecipe):
    """Have one of the fittest reviewed by its hardest cases, and rewritten by an author who knows earlier versions.

    Hu et al. 2023, section 3 (number recalled). The reviewer has the role ``judge``, the author ``mutate``.
    Cases are hard by the parent's own scores, which takes the place of the paper's selector, a model that guesses it.

    Parameters
    ----------
    population
        Of the fittest, from which parents are drawn uniformly.
    hardest
        Cases that a review looks at.
    memory
        Other versions that reviewer and author are shown with their scores.
    """

    summary: ClassVar[str] = (
        "a reviewer looks at the hardest cases, an author edits with the history in sight"
    )
    source: ClassVar[str] = "Hu et al. 2023, 'Evoke: evoking critical thinking abilities in LLMs'"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, population: int = 4, hardest: int = 3, memory: int = 2) -> None:
        if hardest < 1:
            raise ValueError(f"a review looks at 1 case at least, not {hardest}")
        super().__init__(problem, PopulationArchive(population), ("reflect",))
        self.use(Review(hardest=hardest, ascending=True))
        self._memory = memory

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Review one of the fittest."""
        fittest = list(self.elites())
        if not fittest:
            return None
        parent = selection.uniform(fittest, rng).candidate.id
        shown = selection.inspirations(fittest, self._memory, rng, exclude=(parent,))
        return Job(view.proposal, "review", (parent,), tuple(known.candidate.id for known in shown))
