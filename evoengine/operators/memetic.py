"""Structural mutation followed by a short fit of the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evoengine.effects import Conversation
from evoengine.operators.base import evaluate
from evoengine.operators.literals import find_literals, perturbed, write_literals
from evoengine.operators.mutate import Mutate
from evoengine.problem import Problem
from evoengine.types import Draft, Known


@dataclass(frozen=True, slots=True)
class Memetic:
    """Mutate, then climb on the offspring's numbers before it is compared with its parent.

    A new structure is rarely better with the numbers of the old one (Moscato 1989, "On evolution,
    search, optimization, genetic algorithms and martial arts: towards memetic algorithms"). The climb
    is a (1 + 1) evolution strategy with the steps of `Perturb`; one genome is evaluated at a time. A
    mutant that fails is given up, and a step that fails is one without progress. The end of the climb is
    the one draft if that is fitter than the parent.

    Parameters
    ----------
    evaluations
        At most so many genomes are evaluated.
    patience
        The climb ends after so many evaluations without progress; while it is below the parent after a
        third of them, for few mutants ever catch up.
    """

    evaluations: int = 40
    patience: int = 10
    name = "memetic"
    arity = 1

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        drafts = yield from Mutate()(problem, parents, inspirations, rng)
        if not drafts:
            return ()
        best, fitness = drafts[0].genome, (yield from evaluate(drafts[0].genome)).fitness
        if fitness is None:
            return ()
        goal = parents[0].evaluation.fitness
        idle = 0
        for _ in range(self.evaluations - 1):
            literals = find_literals(problem, best)
            behind = goal is not None and fitness < goal
            if not literals or idle >= (self.patience // 3 if behind else self.patience):
                break
            trial = write_literals(best, perturbed(literals, rng))
            reached = (yield from evaluate(trial)).fitness
            idle += 1
            if reached is not None and reached > fitness:
                best, fitness, idle = trial, reached, 0
        return (Draft(best, drafts[0].notes),) if goal is None or fitness > goal else ()
