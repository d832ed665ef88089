"""EvoLLM: an evolution strategy whose next mean is a model's guess from ranked generations."""

from collections import deque
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import PopulationArchive
from evoengine.operators.coordinates import Coordinates
from evoengine.operators.recombine import NextMean
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class EvoLLM(ArchiveRecipe):
    """Show the last generations as whole numbers from the least to the most fit, and ask for the next mean.

    Lange, Tian & Tang 2024, section 3. A proposal is a generation: the mean and samples around it. The
    first one is around the best seed, unasked. A reply that is no mean keeps the last one. Values recalled,
    not re-checked.

    Parameters
    ----------
    population, sigma
        Candidates in a generation, and standard deviation of the samples, in units of the coordinates.
    generations, members
        How many of the last generations a prompt shows, and how many of the fittest of each.
    resolution, reach
        Numbers are shown from 0 to the resolution, which spans the seed's minus and plus the reach (ours).
    block
        Coordinates in a request; 0: all (the number is ours).
    """

    summary: ClassVar[str] = "an evolution strategy over numbers; a model guesses the next mean"
    source: ClassVar[str] = "Lange, Tian & Tang 2024, 'Large language models as evolution strategies'"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        population: int = 5,
        sigma: float = 0.2,
        generations: int = 5,
        members: int = 5,
        resolution: int = 1000,
        reach: float = 3.0,
        block: int = 4,
    ) -> None:
        if min(population, generations, members, resolution) < 1 or block < 0 or min(sigma, reach) <= 0.0:
            raise ValueError("block must be at least 0, all others above 0")
        super().__init__(problem, PopulationArchive(1), ("gaussian",))
        self.use(NextMean(population, sigma, reach, resolution, block))
        # A seed without numbers is a mistake in the settings, and is found before anything is spent.
        Coordinates(problem, problem.seeds[0])
        self._latest: deque[list[Known]] = deque(maxlen=generations)
        self._members, self._start, self._mean = members, "", ""

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Ask for the next mean when the generation has ended."""
        if not self._start or view.in_flight:
            return None
        shown = [known for latest in self._latest for known in selection.fittest(latest, self._members)]
        ids = tuple(known.candidate.id for known in shown)
        return Job(view.proposal, "next_mean", (self._mean, self._start), ids)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember the seed to begin with, the mean, which is the first of its proposal, and the members."""
        verdict = super().tell(candidate, evaluation)
        if candidate.operator == "seed" and self.best() == candidate.id:
            self._start = self._mean = candidate.id
        elif candidate.operator == "next_mean":
            if candidate.id.endswith("-0"):
                self._mean = candidate.id
                self._latest.append([])
            self._latest[-1].extend([Known(candidate, evaluation)] if evaluation.ok else [])
        return verdict
