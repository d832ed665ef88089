"""MAP-Elites on a grid."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import GridArchive
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, Problem, View


class MapElites(ArchiveRecipe):
    """Keep the fittest of every cell of the problem's measures; vary an elite drawn uniformly.

    Algorithm 1 of Mouret and Clune 2015, with the problem's seeds in place of random initial solutions.
    Left out: batches, which a steady stream of proposals does not need. A problem without measures has
    one cell, and the method is a hill climber there.
    """

    summary: ClassVar[str] = "the fittest of every cell of the measures; any elite may become a parent"
    source: ClassVar[str] = (
        "Mouret and Clune 2015, 'Illuminating search spaces by mapping elites', algorithm 1"
    )

    def __init__(self, problem: Problem, *, operators: Sequence[str] = ()) -> None:
        super().__init__(problem, GridArchive(problem.measures, offset=problem.worst_fitness), operators)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary any elite."""
        return self.propose(view, rng, lambda: selection.uniform(self.archive.elites(), rng))
