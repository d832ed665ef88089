"""EvoPrompt with differential evolution: what two donors differ in, mutated, joined with the best and the member."""

from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import PopulationArchive
from evoengine.operators.prompting import Differ
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class EvoPromptDE(ArchiveRecipe):
    """Aim at each member in turn; an offspring takes its place only if it is fitter.

    Guo et al. 2024, section 3.3 and algorithm 3, checked against the authors' code. The initial population are variations of the
    seed, beside the seed itself.

    Parameters
    ----------
    population
        Members, at least 3: one that is aimed at and two donors.
    """

    summary: ClassVar[str] = "differential evolution in words: each member against its own offspring"
    source: ClassVar[str] = "Guo et al. 2024, 'Connecting large language models with evolutionary algorithms'"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, population: int = 10) -> None:
        if population < 3:
            raise ValueError(f"differential evolution takes a population of at least 3, not {population}")
        self._members = PopulationArchive(population, replacement="slot")
        super().__init__(problem, self._members, ("modify",))
        self.use(Differ())

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary the seed until the population is full; then aim at the member whose turn it is."""
        best, members = self.archive.best(), self._members.elites()
        if best is None:
            return None
        if len(members) < self._members.capacity:
            return Job(view.proposal, "modify", (members[0].candidate.id,))
        target = members[view.proposal % len(members)].candidate.id
        donors = selection.inspirations(members, 2, rng, exclude=(target,))
        parents = (target, *(known.candidate.id for known in donors), best.candidate.id)
        return Job(view.proposal, "differ", parents)
