"""Random search: variation without selection."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import PopulationArchive
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class RandomSearch(ArchiveRecipe):
    """A random walk: parents are drawn uniformly from the latest valid candidates, whatever their fitness.

    Parameters
    ----------
    memory
        How many of the latest valid candidates may become parents.
    """

    summary: ClassVar[str] = "a random walk through valid candidates; fitness decides nothing"
    source: ClassVar[str] = "Rastrigin 1963, in the space of programs"

    def __init__(self, problem: Problem, *, memory: int = 100, operators: Sequence[str] = ()) -> None:
        super().__init__(problem, PopulationArchive(memory, replacement="oldest"), operators)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary any of the latest."""
        return self.propose(view, rng, lambda: selection.uniform(self.archive.elites(), rng))
