"""Choosing parents and inspirations: pure functions of a sequence, a generator and a few numbers.

All take ``archive.elites()`` or any other sequence, prefer higher fitness, read without copying the
archive, and raise `ValueError` when there is nothing to choose from. `uniform`, `tournament` and
`inspirations` take constant time, whatever the length; the weighted ones take linear time (`power_law`
and `reciprocal_rank` n log n).
"""

from collections.abc import Collection, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evoengine.types import Known

Item = TypeVar("Item")


def uniform(items: Sequence[Item], rng: np.random.Generator) -> Item:
    """Choose one, each with the same probability."""
    _require(items)
    return items[int(rng.integers(len(items)))]


def tournament(elites: Sequence[Known], k: int, rng: np.random.Generator) -> Known:
    """Choose the fittest of `k` distinct ones drawn uniformly, or of all where there are fewer.

    Ties go to the earlier in the sequence. Goldberg and Deb 1991, "A comparative analysis of selection
    schemes used in genetic algorithms", section 4, but drawn without replacement. `k` is at least 1.
    """
    _require(elites)
    if k < 1:
        raise ValueError(f"a tournament needs at least 1 contestant, not {k}")
    return max((elites[i] for i in sorted(_distinct(len(elites), k, rng))), key=_fitness)


def roulette(elites: Sequence[Known], rng: np.random.Generator, *, shift: float = 0.0) -> Known:
    """Choose one with probability proportional to ``max(0, fitness - shift)``.

    Holland 1975, "Adaptation in natural and artificial systems": fitness-proportionate selection;
    `shift` is the fitness that is worth nothing. Uniform where no fitness lies above it.
    """
    fitness = _fitnesses(elites)
    # Halved, so that the difference of two finite numbers is finite.
    return elites[_draw(np.maximum(0.0, fitness / 2.0 - shift / 2.0), rng)]


def boltzmann(elites: Sequence[Known], temperature: float, rng: np.random.Generator) -> Known:
    """Choose one with probability proportional to ``exp(fitness / temperature)``.

    de la Maza and Tidor 1993, "An analysis of selection procedures with particular attention paid to
    proportional and Boltzmann selection". `temperature` is above 0, in units of fitness: towards 0 only
    the fittest are chosen (equals alike), towards infinity all alike.
    """
    fitness = _fitnesses(elites)
    if not temperature > 0.0:
        raise ValueError(f"the temperature must be above 0, not {temperature}")
    with np.errstate(over="ignore"):
        return elites[_draw(np.exp((fitness - fitness.max()) / temperature), rng)]


def power_law(elites: Sequence[Known], exponent: float, rng: np.random.Generator) -> Known:
    """Choose one with probability proportional to ``rank ** -exponent``, where rank 1 is the fittest.

    Lange et al. 2025, "ShinkaEvolve", section 3.1 (recalled, not re-checked). Of equals the earlier in
    the sequence has the better rank. `exponent` is at least 0: 0 chooses all alike.
    """
    fitness = _fitnesses(elites)
    if not (exponent >= 0.0 and np.isfinite(exponent)):
        raise ValueError(f"the exponent must be finite and at least 0, not {exponent}")
    ranked = np.argsort(-fitness, kind="stable")
    weights = np.arange(1.0, len(fitness) + 1.0) ** -exponent
    return elites[int(ranked[_draw(weights, rng)])]


def reciprocal_rank(elites: Sequence[Known], rng: np.random.Generator) -> Known:
    """Choose one of N with probability proportional to ``1 / (rank + N)``, where rank 1 is the fittest.

    Liu et al. 2024, "Evolution of heuristics", section 3.3: a mild pressure, at most 2 to 1. Of equals the
    earlier in the sequence has the better rank.
    """
    ranked = np.argsort(-_fitnesses(elites), kind="stable")
    weights = 1.0 / (np.arange(1.0, len(elites) + 1.0) + len(elites))
    return elites[int(ranked[_draw(weights, rng)])]


def unequal_pair(elites: Sequence[Known], rng: np.random.Generator) -> tuple[Known, ...]:
    """Choose two of unequal fitness, every such pair with the same probability; give the fitter first.

    Empty where all are equally fit. Ye et al. 2024, "ReEvo", section 4. Takes quadratic time.
    """
    pairs = [(a, b) for a in elites for b in elites if _fitness(a) > _fitness(b)]
    return uniform(pairs, rng) if pairs else ()


def inspirations(
    elites: Sequence[Known], n: int, rng: np.random.Generator, *, exclude: Collection[str] = ()
) -> list[Known]:
    """Choose `n` distinct ones uniformly, in random order, or all there are where there are fewer.

    `exclude` holds the ids of those not to choose: the parents. Nothing is raised for an empty sequence.
    """
    if n < 0:
        raise ValueError(f"the number of inspirations must be at least 0, not {n}")
    # Each id stands at most once in an archive, so that this many leave n after the exclusion.
    drawn = [elites[i] for i in _distinct(len(elites), n + len(exclude), rng)]
    return [known for known in drawn if known.candidate.id not in exclude][:n]


def _require(items: Sequence[Item]) -> None:
    if not items:
        raise ValueError("there is nothing to choose from")


def _distinct(count: int, n: int, rng: np.random.Generator) -> list[int]:
    """Draw `n` distinct indices below `count`, or all, in random order, in time that depends on `n` alone."""
    drawn: NDArray[np.int64] = rng.choice(count, min(n, count), replace=False)
    return drawn.tolist()


def _fitness(known: Known) -> float:
    fitness = known.evaluation.fitness
    if fitness is None:
        raise ValueError(f"candidate {known.candidate.id!r} has no fitness to be chosen by")
    return fitness


def _fitnesses(elites: Sequence[Known]) -> NDArray[np.float64]:
    _require(elites)
    return np.fromiter(map(_fitness, elites), np.float64, len(elites))


def _draw(weights: NDArray[np.float64], rng: np.random.Generator) -> int:
    """Draw an index with probability proportional to non-negative finite weights; uniform if all are 0."""
    top = float(np.max(weights))
    cumulative: NDArray[np.float64] = np.cumsum(weights / top if top > 0.0 else np.ones_like(weights))
    return int(np.searchsorted(cumulative, rng.random() * float(cumulative[-1]), side="right"))
