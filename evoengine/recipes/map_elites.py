"""MAP-Elites on a grid."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import GridArchive
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class MapElites(ArchiveRecipe):
    """Keep the fittest of every cell of the problem's measures; vary an elite drawn uniformly.

    Algorithm 1 of Mouret and Clune 2015, with the problem's seeds in place of random initial solutions.
    Left out: batches, which a steady stream of proposals does not need. A problem without measures has
    one cell, and the method is a hill climber there. Of noisy problems the cells can be made deep (Flageat
    and Cully 2020, "Fast and stable MAP-Elites in noisy domains using deep grids"), with the fittest in
    the place of a random one of the cell.

    Parameters
    ----------
    depth
        So many candidates are held in a cell; those below the elite take over when it sinks.
    confidence
        Candidates are compared by their fitness less so many standard errors.
    """

    summary: ClassVar[str] = "the fittest of every cell of the measures; any elite may become a parent"
    source: ClassVar[str] = (
        "Mouret and Clune 2015, 'Illuminating search spaces by mapping elites', algorithm 1"
    )

    def __init__(
        self,
        problem: Problem,
        *,
        depth: int = 1,
        confidence: float = 0.0,
        operators: Sequence[str] = (),
    ) -> None:
        offset = problem.worst_fitness
        grid = GridArchive(problem.measures, offset=offset, depth=depth, confidence=confidence)
        super().__init__(problem, grid, operators)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary any elite."""
        return self.propose(view, rng, lambda: selection.uniform(self.archive.elites(), rng))
