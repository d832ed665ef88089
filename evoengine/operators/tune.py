"""Constant tuning by CMA-ES."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evoengine.effects import Conversation
from evoengine.operators.base import evaluate
from evoengine.operators.literals import (
    Literal,
    choose_literals,
    describe,
    find_literals,
    least_scale,
    scale_of,
    write_literals,
)
from evoengine.problem import Problem
from evoengine.types import Draft, Known


@dataclass(frozen=True, slots=True)
class Tune:
    """Fit the numbers of a program by CMA-ES (Hansen 2016, "The CMA evolution strategy: a tutorial").

    Each coordinate is a number's shift relative to its size, or as in `Perturb` to the typical size of the
    program's floats; integers are rounded. The step size at the start is drawn log-uniformly from
    [0.03, 0.3], for tuning is asked for both early and late. One genome is evaluated at a time; the best
    is the one draft, if it is fitter than the parent. A candidate that fails counts as worse than any other.

    Parameters
    ----------
    evaluations
        At most so many genomes are evaluated.
    literals
        At most so many numbers are tuned, drawn by weight.
    patience
        It ends after so many generations without progress.
    """

    evaluations: int = 80
    literals: int = 16
    patience: int = 2
    name = "tune"
    arity = 1

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,
    ) -> Conversation:
        genome = parents[0].candidate.genome
        found = find_literals(problem, genome)
        if not found:
            return ()
        chosen = choose_literals(found, self.literals, rng)
        sigma = math.exp(rng.uniform(math.log(0.03), math.log(0.3)))
        least = least_scale(found, rng)
        from cmaes import CMA  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs] - imports SciPy where there is one, for most of a second

        search = CMA(np.zeros(len(chosen)), sigma, seed=int(rng.integers(2**32)))
        best, best_fitness = None, parents[0].evaluation.fitness
        idle = 0
        generation: list[tuple[np.ndarray, float]] = []
        for _ in range(self.evaluations):
            shift = search.ask()
            values = _shifted(chosen, shift, least)
            evaluation = yield from evaluate(write_literals(genome, values))
            fitness = evaluation.fitness
            if fitness is not None and (best_fitness is None or fitness > best_fitness):
                best, best_fitness, idle = values, fitness, 0
            idle += 1
            generation.append((shift, math.inf if fitness is None else -fitness))
            if len(generation) == search.population_size:
                search.tell(generation)
                generation = []
                if idle >= self.patience * search.population_size:
                    break
        return () if best is None else (Draft(write_literals(genome, best), describe(best)),)


def _shifted(literals: Sequence[Literal], shift: np.ndarray, least: float) -> dict[Literal, float]:
    return {x: x.value + scale_of(x, least) * float(by) for x, by in zip(literals, shift, strict=True)}
