"""InstOptima: instructions that are to be good and short, changed part by part."""

from dataclasses import replace
from typing import ClassVar, get_args

import numpy as np

from evoengine import selection
from evoengine.archives import RankedPopulation
from evoengine.operators.prompting import Recompose, Recomposition
from evoengine.problem import Objective, Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.text.metrics import source_length
from evoengine.types import Candidate, Evaluation, Job, Verdict, View

LENGTH = Objective("source_length", "min", "characters")
"""The objective that stands beside the problem's own, unless that has one of this name."""

KINDS: tuple[Recomposition, ...] = get_args(Recomposition)


class InstOptima(ArchiveRecipe):
    """Keep the best by all objectives and length; mutate or cross their definitions or their examples.

    Yang & Li 2023, section 2: NSGA-II, four operators drawn uniformly, objectives in sight of the model. One
    offspring at a time enters.

    Parameters
    ----------
    population
        Members (recalled, not re-checked).
    """

    summary: ClassVar[str] = "NSGA-II over the objectives and length; definitions and examples vary apart"
    source: ClassVar[str] = (
        "Yang & Li 2023, 'InstOptima: evolutionary multi-objective instruction optimization', arXiv:2310.17630"
    )
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, population: int = 100) -> None:
        own = problem.objectives
        given = any(objective.name == LENGTH.name for objective in own)
        self._population = RankedPopulation(own if given else (*own, LENGTH), population)
        super().__init__(problem, self._population, ("modify",))
        self.use(*(Recompose(kind=kind) for kind in KINDS))

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Mutate a winner of a tournament, or cross two over; where both are the same one, mutate it."""
        members, ranks = self._population.elites(), self._population.ranks
        if not members:
            return None
        crowding = self._population.crowding
        pair = [selection.crowded_tournament(members, ranks, crowding, rng).candidate.id for _ in range(2)]
        kind = KINDS[int(rng.integers(len(KINDS)))]
        if kind.startswith("mutate") or pair[0] == pair[1]:
            return Job(view.proposal, kind.replace("cross", "mutate"), (pair[0],))
        return Job(view.proposal, kind, tuple(pair))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Add the length to what was scored."""
        length = source_length(candidate.genome, self.problem)
        objectives = {LENGTH.name: length, **evaluation.objectives}
        return super().tell(candidate, replace(evaluation, objectives=objectives))
