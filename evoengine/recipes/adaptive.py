"""Adaptive, our own and the default: greedy while greed pays, wider when it stalls."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import LedGrid
from evoengine.operators import SYNTACTIC, Mix, default_operators
from evoengine.operators.arms import Arm
from evoengine.operators.model_operators import MODEL_OPERATORS
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.stalling import Pull
from evoengine.types import Job, Known, Usage, View

EARLY, PURSUIT = 100, 3.0
RARE = ("perturb", "repair", "tune", "crossover", "memetic")
EXPECTED = {"surrogate": 8.0, "clip": 3.0, "mutate": 0.2, **dict.fromkeys(RARE, 0.1)}
"""What is expected of operators at first, relative to 1."""


class Adaptive(ArchiveRecipe):
    """Vary the best as long as that pays, and elites of other cells the more the longer it does not.

    The first parent is the best with the probability ``narrow + (greed - narrow) * paying``, by `Pull`, to which it
    grows over `EARLY` proposals; else, as all others, the fittest of three elites. Operators share evaluations by
    the `PURSUIT`-th power of what each has added to the best for its cost.

    Parameters
    ----------
    greed, narrow, stall
        The probability of varying the best, while it pays and when it has stalled; `stall` is that of `Pull`.
    memory, floor, inspirations
        ``discount`` and ``floor`` of the `Mix`; how many elites of other cells a prompt shows.
    syntactic
        Whether operators without a model take part beside those that ask one.
    """

    summary: ClassVar[str] = "greedy while greed pays, wider when it stalls: for whom has no reason to choose"
    source: ClassVar[str] = "ours; parts are those of Cemri et al. 2026, 'AdaEvolve', and others"
    with_model: ClassVar[Sequence[str]] = ("edit", "explore", "combine", "repair")

    def __init__(
        self,
        problem: Problem,
        *,
        greed: float = 0.95,
        narrow: float = 0.8,
        stall: float = 0.002,
        memory: float = 0.998,
        floor: float = 0.1,
        inspirations: int = 3,
        operators: Sequence[str] = (),
        syntactic: bool = True,
    ) -> None:
        asks = any(Arm.parse(name).operator in MODEL_OPERATORS for name in operators)
        plain = default_operators(problem) if not operators or (asks and syntactic) else ()
        names = tuple(dict.fromkeys((*operators, *plain, *(("surrogate",) if plain == SYNTACTIC else ()))))
        super().__init__(problem, LedGrid(problem.measures, offset=problem.worst_fitness), names)
        self.adjust(novelty="similarity")
        if plain:
            self.mix = Mix(names, floor=floor, weights=EXPECTED, discount=memory, exponent=PURSUIT)
        self._chances, self._inspirations, self._pull = (narrow, greed), inspirations, Pull(stall)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary the best or an elite."""
        best, elites = self.archive.best(), self.archive.elites()
        greed = float(np.interp(self._pull.paying, (0.0, 1.0), self._chances))
        once = iter((greed * min(1.0, view.proposal / EARLY),))  # for the first parent alone

        def pick() -> Known:
            return best if best and rng.random() < next(once, 0.0) else selection.tournament(elites, 3, rng)

        return self.propose(view, rng, pick, inspirations=self._inspirations, among=elites)

    def _credit(self, operator: str, parents: Sequence[str], gain: float, usage: Usage) -> None:
        super()._credit(operator, parents, self._pull.fold(gain, usage.evaluations), usage)
