"""CMA-ES: a normal distribution over all numbers whose covariance is learnt."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine.operators.cma import CovarianceMatrixAdaptation
from evoengine.operators.coordinates import Coordinates, Floats
from evoengine.problem import Problem
from evoengine.recipes.distribution import DistributionRecipe


class CmaEs(DistributionRecipe):
    """Draw all numbers from one normal distribution; move its mean, step size and covariance to the better half.

    Hansen 2016, algorithm of appendix A with negative weights (active CMA), by the `cmaes` library. Without
    bounds and restarts. What fails counts as worse than anything else.

    Parameters
    ----------
    sigma
        The step size at the start, in units of the coordinates; about a third of the distance to the optimum.
    population
        Candidates in a generation; 0: 4 + floor(3 ln n) for n numbers.
    """

    summary: ClassVar[str] = "a normal distribution over all numbers that learns its covariance; no model"
    source: ClassVar[str] = "Hansen 2016, 'The CMA evolution strategy: a tutorial', arXiv:1604.00772"

    def __init__(self, problem: Problem, *, sigma: float = 0.3, population: int = 0) -> None:
        if not 0.0 < sigma < np.inf or population < 0 or population == 1:
            raise ValueError(f"sigma must be above 0, and population 0 or above 1, not {sigma}, {population}")
        self._sigma, self._size = sigma, population
        self._search = CovarianceMatrixAdaptation(
            Coordinates(problem, problem.seeds[0]).origin, sigma, population
        )
        super().__init__(problem, self._search.population)

    def _begin(self, origin: Floats) -> None:
        self._search = CovarianceMatrixAdaptation(origin, self._sigma, self._size)
        self._population = self._search.population

    def _draw(self, rng: np.random.Generator) -> Sequence[Floats]:
        return [self._search.draw(rng)]

    def _learn(self, vectors: Floats, fitness: Floats) -> None:
        self._search.learn(vectors, fitness)
