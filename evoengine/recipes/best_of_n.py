"""Best of n: independent variations of the seed."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class BestOfN(ArchiveRecipe):
    """Vary the seeds, again and again, and keep the best: nothing is learnt from any result.

    The baseline that every other method must beat at equal cost. The n is the budget. With several
    seeds, proposal k varies seed k modulo their number; an operator of two parents takes the next too.
    """

    summary: ClassVar[str] = "independent variations of the seed; the baseline that nothing may lose to"
    source: ClassVar[str] = "folklore; Brown et al. 2024, 'Large language monkeys'"

    def __init__(self, problem: Problem, *, operators: Sequence[str] = ()) -> None:
        super().__init__(problem, PopulationArchive(1), operators)
        self._seeds: list[Known] = []

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary the next seed."""
        if not self._seeds:
            return None
        turn = iter(range(view.proposal, view.proposal + len(self._seeds) + 2))
        return self.propose(view, rng, lambda: self._seeds[next(turn) % len(self._seeds)])

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember valid seeds; keep the best of all."""
        if candidate.operator == "seed" and evaluation.ok:
            self._seeds.append(Known(candidate, evaluation))
        return super().tell(candidate, evaluation)
