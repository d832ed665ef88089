"""What the rules share: the fitness of candidates, and draws with given weights."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evoengine.types import Known

Floats: TypeAlias = NDArray[np.float64]


def require(items: Sequence[object]) -> None:
    """Raise `ValueError` where there is nothing to choose from."""
    if not items:
        raise ValueError("there is nothing to choose from")


def distinct(count: int, n: int, rng: np.random.Generator) -> list[int]:
    """Draw `n` distinct indices below `count`, or all, in random order, in time that depends on `n` alone."""
    drawn: NDArray[np.int64] = rng.choice(count, min(n, count), replace=False)
    return drawn.tolist()


def fitness_of(known: Known) -> float:
    """Give the fitness to be chosen by. Raises `ValueError` for a candidate without one."""
    fitness = known.evaluation.fitness
    if fitness is None:
        raise ValueError(f"candidate {known.candidate.id!r} has no fitness to be chosen by")
    return fitness


def fitnesses(elites: Sequence[Known]) -> Floats:
    """Give the fitness of each. Raises `ValueError` where there are none."""
    require(elites)
    return np.fromiter(map(fitness_of, elites), np.float64, len(elites))


def median(values: Floats) -> float:
    """Give the median, several times faster than `numpy.median` where there are few; halves must not overflow."""
    ordered = np.sort(values)
    return float(ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]) / 2.0


def draw(weights: Floats, rng: np.random.Generator) -> int:
    """Draw an index with probability proportional to non-negative finite weights; uniform if all are 0."""
    top = float(np.max(weights))
    cumulative: Floats = np.cumsum(weights / top if top > 0.0 else np.ones_like(weights))
    return int(np.searchsorted(cumulative, rng.random() * float(cumulative[-1]), side="right"))


def draw_softmax(scores: Floats, temperature: float, rng: np.random.Generator) -> int:
    """Draw an index with probability proportional to ``exp(score / temperature)``, with a temperature above 0."""
    if not temperature > 0.0:
        raise ValueError(f"the temperature must be above 0, not {temperature}")
    with np.errstate(over="ignore"):
        return draw(np.exp((scores - scores.max()) / temperature), rng)
