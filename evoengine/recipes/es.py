"""ES: the gradient of the expected fitness of a normal distribution, estimated from mirrored samples."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine.operators.coordinates import Floats
from evoengine.problem import Problem
from evoengine.recipes.distribution import DistributionRecipe


class ES(DistributionRecipe):
    """Move the mean of a normal distribution of fixed width up the gradient of its expected fitness, by Adam.

    Salimans et al. 2017, algorithm 1 and section 2.1, and its code: mirrored samples, centred ranks in the
    place of fitness, weight decay. Equal candidates share their rank; what fails is worse than anything else.
    The paper's values but for the population (recalled, not re-checked).

    Parameters
    ----------
    population
        Candidates in a generation, half of them mirrored; ours (the paper has some 10,000 episodes).
    sigma
        Standard deviation of each coordinate.
    learning_rate
        Adam's step, in units of the coordinates.
    decay
        Weight of the numbers themselves in the gradient.
    """

    summary: ClassVar[str] = "gradient ascent on expected fitness from mirrored samples; no model"
    source: ClassVar[str] = "Salimans et al. 2017, 'Evolution strategies as a scalable alternative to RL'"

    per_proposal = 2

    def __init__(
        self,
        problem: Problem,
        *,
        population: int = 32,
        sigma: float = 0.02,
        learning_rate: float = 0.01,
        decay: float = 0.005,
    ) -> None:
        if population < 2 or population % 2 or not (sigma > 0.0 and learning_rate > 0.0 and decay >= 0.0):
            raise ValueError("population must be even, sigma and learning_rate above 0, decay at least 0")
        super().__init__(problem, population)
        self._sigma, self._rate, self._decay = sigma, learning_rate, decay

    def _begin(self, origin: Floats) -> None:
        self._mean = origin
        self._first, self._second, self._steps = np.zeros_like(origin), np.zeros_like(origin), 0

    def _draw(self, rng: np.random.Generator) -> Sequence[Floats]:
        noise = rng.normal(0.0, self._sigma, self._mean.shape)
        return [self._mean + noise, self._mean - noise]

    def _learn(self, vectors: Floats, fitness: Floats) -> None:
        better, worse = fitness[:, None] > fitness, fitness[:, None] < fitness
        ranks = (better.sum(axis=1) - worse.sum(axis=1)) / (2.0 * (len(fitness) - 1))
        ascent = ranks @ (vectors - self._mean) / (self._sigma * len(fitness)) - self._decay * self._mean
        # Adam (Kingma and Ba 2015), with its own constants.
        self._steps += 1
        self._first = 0.9 * self._first + 0.1 * ascent
        self._second = 0.999 * self._second + 0.001 * ascent**2
        rate = self._rate * np.sqrt(1.0 - 0.999**self._steps) / (1.0 - 0.9**self._steps)
        self._mean = self._mean + rate * self._first / (np.sqrt(self._second) + 1e-8)
