"""Novelty search: what behaves like nothing before has offspring, whatever its fitness."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import Novelty, PopulationArchive
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View

DRAWN = 4
"""Members in a tournament (ours)."""


class NoveltySearch(ArchiveRecipe):
    """Vary the most novel of a few members of a population that everybody enters and leaves by age.

    Lehman and Stanley 2011, section 3. With `fitness` above 0, novelty is a bonus on fitness: both are scaled to
    [0, 1] over the members drawn, and weighted (Cuccu and Gomez 2011, "When novelty is not enough", equation 2).

    Parameters
    ----------
    population
        Members; the oldest leaves.
    neighbours
        How many of the nearest behaviours novelty is measured by.
    fitness
        Its weight, in [0, 1]; 0: novelty alone.
    """

    summary: ClassVar[str] = (
        "the most novel of a few, by the distance to the nearest behaviours; fitness as you like"
    )
    source: ClassVar[str] = (
        "Lehman and Stanley 2011, 'Abandoning objectives: evolution through novelty alone'"
    )

    def __init__(
        self,
        problem: Problem,
        *,
        population: int = 50,
        neighbours: int = 15,
        fitness: float = 0.0,
        operators: Sequence[str] = (),
    ) -> None:
        if not 0.0 <= fitness <= 1.0:
            raise ValueError(f"fitness must be a weight in [0, 1], not {fitness}")
        super().__init__(problem, PopulationArchive(population, replacement="oldest"), operators)
        self._novelty = Novelty(problem, neighbours)
        self._weight = fitness

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary the winner of a tournament."""
        return self.propose(view, rng, lambda: self._pick(rng))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember how a candidate behaves."""
        if evaluation.ok:
            self._novelty.add(Known(candidate, evaluation))
        return super().tell(candidate, evaluation)

    def _pick(self, rng: np.random.Generator) -> Known:
        drawn = selection.inspirations(self.archive.elites(), DRAWN, rng)
        fitness = np.array([known.evaluation.fitness or 0.0 for known in drawn])
        novelty = self._novelty.of(drawn)
        worth = (1.0 - self._weight) * _scaled(novelty) + self._weight * _scaled(fitness)
        return drawn[int(np.argmax(worth))]


def _scaled(
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return (values - values.min()) / (np.ptp(values) or 1.0)
