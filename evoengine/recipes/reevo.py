"""ReEvo: crossover and mutation led by reflections, short-term and long-term."""

from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import PopulationArchive
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.recipes.generations import Generations
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class ReEvo(ArchiveRecipe):
    """Cross two over by why the better one is better; mutate the best by what all such pairs have taught.

    Ye et al. 2024, section 4, and its code. A generation draws pairs of unequal fitness from the offspring
    of the last one and the best of all, has a reflector say why the better is better, and crosses them over
    by these hints; the hints are gathered into the long-term reflection, by which the best of all is mutated.
    Where no two differ, another approach is asked for, as before the first generation.

    Parameters
    ----------
    population
        Crossovers in a generation.
    initial
        Proposals before the first generation, all from the best seed.
    mutation
        Mutations of the best in a generation, per crossover.
    """

    summary: ClassVar[str] = "crossover by a reflection on two parents, mutation of the best by one on all"
    source: ClassVar[str] = "Ye et al. 2024, 'ReEvo: LLMs as hyper-heuristics with reflective evolution'"
    needs_model: ClassVar[bool] = True

    def __init__(
        self, problem: Problem, *, population: int = 10, initial: int = 30, mutation: float = 0.5
    ) -> None:
        archive = PopulationArchive(population)
        super().__init__(problem, archive, ("explore", "contrast", "summarise", "rewrite"))
        size = population + int(population * mutation)
        self._population = population
        self._generations = Generations(size, keep=max(size, initial), first=initial)
        self._latest = self.remember("contrast", population)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Cross a pair over, or gather the hints, or mutate the best: it goes by the place in the generation."""
        best, parents = self.archive.best(), self._generations.parents(view)
        if best is None or parents is None:
            return None
        generation = self._generations.of(view.proposal)
        if generation and view.proposal >= (
            crossed := self._generations.start(generation) + self._population
        ):
            return self._mutate(view, best, crossed)
        pool = parents if best in parents else (best, *parents)
        pair = selection.unequal_pair(pool, rng) if generation else ()
        if pair:
            return Job(view.proposal, "contrast", tuple(known.candidate.id for known in pair))
        start = parents[0] if parents and not generation else best
        return Job(view.proposal, "explore", (start.candidate.id,))

    def _mutate(self, view: View, best: Known, crossed: int) -> Job | None:
        first, parent = view.proposal == crossed, (best.candidate.id,)
        if view.told < crossed + (not first):
            return None
        if first:
            shown = tuple(crossed.id for crossed in self._latest)
            return Job(view.proposal, "summarise", parent, shown, args=self.scratchpad.args)
        return Job(view.proposal, "rewrite", parent, args=self.scratchpad.args)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember the generation."""
        self._generations.tell(Known(candidate, evaluation))
        return super().tell(candidate, evaluation)
