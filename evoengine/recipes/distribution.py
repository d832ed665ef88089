"""Generations drawn from a distribution over the numbers of a genome, for the recipes that learn one."""

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.operators.coordinates import Coordinates, Floats, Sample
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Verdict, View


class DistributionRecipe(ArchiveRecipe):
    """Draw a generation, learn from the whole of it, and draw the next.

    The distribution begins at the best seed's numbers (`Coordinates`). It learns when as many candidates
    were told as a generation has, and until then no more are asked for than it lacks: so what a proposal is
    drawn from does not depend on timing.

    Parameters
    ----------
    population
        Candidates in a generation.
    """

    def __init__(self, problem: Problem, population: int) -> None:
        super().__init__(problem, PopulationArchive(1), ("gaussian",))
        self.use(Sample(self._draw))
        # A seed without numbers is a mistake in the settings, and is found before anything is spent.
        self._coordinates = Coordinates(problem, problem.seeds[0])
        self._population = population
        self._start = ""
        self._vectors: list[Floats] = []
        self._fitness: list[float] = []

    per_proposal = 1
    """How many vectors `_draw` gives."""

    @abstractmethod
    def _begin(self, origin: Floats) -> None:
        """Set the distribution up around a vector, shape ``(n,)``."""

    @abstractmethod
    def _draw(self, rng: np.random.Generator) -> Sequence[Floats]:
        """Draw the vectors of one proposal; changes nothing but the generator."""

    @abstractmethod
    def _learn(self, vectors: Floats, fitness: Floats) -> None:
        """Learn from a generation, shapes ``(population, n)`` and ``(population,)``; minus infinity: it failed."""

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Draw from the distribution, unless those in flight complete the generation."""
        due = len(self._vectors) + view.in_flight * self.per_proposal
        if not self._start or due >= self._population:
            return None
        return Job(view.proposal, "gaussian", (self._start,))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Begin at the best seed; learn from a generation that is complete."""
        verdict = super().tell(candidate, evaluation)
        best = self.archive.best()
        if candidate.operator == "seed" and best is not None and best.candidate.id == candidate.id:
            self._start = candidate.id
            self._coordinates = Coordinates(self.problem, candidate.genome)
            self._begin(self._coordinates.origin)
        elif candidate.operator == "gaussian":
            self._vectors.append(self._coordinates.read(candidate.genome))
            self._fitness.append(-np.inf if evaluation.fitness is None else evaluation.fitness)
            if len(self._vectors) >= self._population:
                self._learn(np.array(self._vectors), np.array(self._fitness))
                self._vectors, self._fitness = [], []
        return verdict
