"""EvoPrompt with a genetic algorithm: cross over and mutate in one reply, the best of parents and children stay."""

from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import PopulationArchive
from evoengine.operators.prompting import CrossThenMutate
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.recipes.generations import Generations
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class EvoPromptGA(ArchiveRecipe):
    """Draw two parents by roulette, have them crossed over and the cross mutated; keep the best N of 2N.

    Guo et al. 2024, section 3.2 and algorithm 2, checked against the authors' code. The initial population are variations of the
    seed, beside the seed itself.

    Parameters
    ----------
    population
        Members, and children in a generation.
    """

    summary: ClassVar[str] = (
        "two parents by roulette, crossed over and mutated in one reply; the best of all stay"
    )
    source: ClassVar[str] = "Guo et al. 2024, 'Connecting large language models with evolutionary algorithms'"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, population: int = 10) -> None:
        super().__init__(problem, PopulationArchive(population), ("modify",))
        self.use(CrossThenMutate())
        self._generations = Generations(population, keep=population, plus=True)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary the seed in the first generation, and recombine in all others."""
        best, parents = self.archive.best(), self._generations.parents(view)
        if best is None or parents is None:
            return None
        if self._generations.of(view.proposal) == 0 or len(parents) < 2:
            return Job(view.proposal, "modify", ((parents or [best])[0].candidate.id,))
        first = selection.roulette(parents, rng, shift=self.problem.worst_fitness)
        others = [known for known in parents if known is not first]
        second = selection.roulette(others, rng, shift=self.problem.worst_fitness)
        return Job(view.proposal, "cross_then_mutate", (first.candidate.id, second.candidate.id))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Fold the candidate into its generation."""
        self._generations.tell(Known(candidate, evaluation))
        return super().tell(candidate, evaluation)
