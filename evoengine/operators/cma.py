"""CMA-ES as a fold: what is drawn depends on the state and a stream, and only learning changes the state."""

import math
from copy import deepcopy

import numpy as np
from cmaes import CMA  # pyright: ignore[reportMissingTypeStubs] - annotated, but without a py.typed

from evoengine.operators.coordinates import Floats


class CovarianceMatrixAdaptation:
    """The strategy of Hansen 2016, "The CMA evolution strategy: a tutorial".

    Parameters
    ----------
    mean, sigma
        Where it starts, shape ``(n,)``, and with what step size.
    population
        Vectors in a generation; 0: the tutorial's 4 + floor(3 ln n).
    """

    def __init__(self, mean: Floats, sigma: float, population: int = 0) -> None:
        self._search = CMA(mean, sigma, population_size=population or None)
        self.population: int = self._search.population_size

    def draw(self, rng: np.random.Generator) -> Floats:
        """Draw a vector, shape ``(n,)``; changes nothing but the generator."""
        search = deepcopy(self._search)
        search.reseed_rng(int(rng.integers(2**32)))
        return search.ask()

    def learn(self, vectors: Floats, fitness: Floats) -> None:
        """Adapt to a whole generation, shapes ``(population, n)`` and ``(population,)``; minus infinity: it failed."""
        losses = [math.inf if f == -math.inf else -f for f in fitness.tolist()]
        self._search.tell(list(zip(vectors, losses, strict=True)))
