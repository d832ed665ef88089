"""Genetic-Instruct: crossover of several instructions by example, and mutation of one."""

from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import KeepingArchive
from evoengine.operators.evolving import BREADTH, DEPTH, Deepen, Series
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class GeneticInstruct(ArchiveRecipe):
    """Cross over by showing some members as examples of a series, or mutate one; the latest valid ones are the members.

    Majumdar et al. 2024, section 3. The judge of the paper, which drops what is not correct, is the problem's
    evaluator. Colonies that grow in parallel are proposals in flight here. All that was valid is the data set.

    Parameters
    ----------
    population
        How many of the latest valid instructions may be parents.
    examples
        Members that a crossover shows.
    crossover
        Its probability (recalled, not re-checked).
    """

    summary: ClassVar[str] = "crossover by example and mutation of instructions, with a judge; all are kept"
    source: ClassVar[str] = "Majumdar et al. 2024, 'Genetic Instruct', arXiv:2407.21077"
    needs_model: ClassVar[bool] = True

    def __init__(
        self, problem: Problem, *, population: int = 100, examples: int = 3, crossover: float = 0.5
    ) -> None:
        if population < 1 or examples < 1 or not 0.0 <= crossover <= 1.0:
            raise ValueError("population and examples must be at least 1, and crossover a probability")
        super().__init__(problem, KeepingArchive(), ("rewrite",))
        self.use(Series(), Deepen(methods=DEPTH + BREADTH))
        self._population = population
        self._examples = examples
        self._crossover = crossover

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Draw parents from the latest members."""
        members = self.archive.elites()[-self._population :]
        if not members:
            return None
        crosses = rng.random() < self._crossover
        drawn = selection.inspirations(members, self._examples if crosses else 1, rng)
        operator = "series" if crosses else "deepen"
        return Job(view.proposal, operator, tuple(known.candidate.id for known in drawn))
