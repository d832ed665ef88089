from collections.abc import Collection, Sequence
from heapq import nlargest
from typing import TypeVar

import numpy as np

from evoengine.selection.drawing import distinct, draw, draw_softmax, fitness_of, fitnesses, require
from evoengine.types import Known

Item = TypeVar("Item")


def uniform(items: Sequence[Item], rng: np.random.Generator) -> Item:
    """Choose one, each with the same probability."""
    require(items)
    return items[int(rng.integers(len(items)))]


def tournament(elites: Sequence[Known], k: int, rng: np.random.Generator) -> Known:
    """Choose the fittest of `k` distinct ones drawn uniformly, or of all where there are fewer.

    Ties go to the earlier in the sequence. Goldberg and Deb 1991, "A comparative analysis of selection
    schemes used in genetic algorithms", section 4, but drawn without replacement. `k` is at least 1.
    """
    require(elites)
    if k < 1:
        raise ValueError(f"a tournament needs at least 1 contestant, not {k}")
    return max((elites[i] for i in sorted(distinct(len(elites), k, rng))), key=fitness_of)


def fittest(elites: Sequence[Known], n: int) -> list[Known]:
    """Give the `n` fittest, the best first, of equals the earlier; all there are where there are fewer."""
    return nlargest(n, elites, key=fitness_of)


def roulette(elites: Sequence[Known], rng: np.random.Generator, *, shift: float = 0.0) -> Known:
    """Choose one with probability proportional to ``max(0, fitness - shift)``.

    Holland 1975, "Adaptation in natural and artificial systems": fitness-proportionate selection;
    `shift` is the fitness that is worth nothing. Uniform where no fitness lies above it.
    """
    fitness = fitnesses(elites)
    # Halved, so that the difference of two finite numbers is finite.
    return elites[draw(np.maximum(0.0, fitness / 2.0 - shift / 2.0), rng)]


def boltzmann(
    elites: Sequence[Known], temperature: float, rng: np.random.Generator, *, scaled: bool = False
) -> Known:
    """Choose one with probability proportional to ``exp(fitness / temperature)``.

    de la Maza and Tidor 1993, "An analysis of selection procedures with particular attention paid to
    proportional and Boltzmann selection". `temperature` is above 0, in units of fitness: towards 0 only
    the fittest are chosen (equals alike), towards infinity all alike. With `scaled` its unit is the range of
    the elites' fitness.
    """
    fitness = fitnesses(elites)
    if scaled:
        # Halved, so that the range is finite.
        fitness = (fitness / 2.0 - fitness.min() / 2.0) / (np.ptp(fitness / 2.0) or 1.0)
    return elites[draw_softmax(fitness, temperature, rng)]


def cooled(start: float, told: int, period: int) -> float:
    """Give the temperature of a schedule that falls linearly and starts again every `period` told candidates.

    ``start * (1 - (told mod period) / period)``, which is never 0: the schedule of FunSearch (Romera-Paredes
    et al. 2023, "Mathematical discoveries from program search with large language models", supplementary
    information, section E; recalled, not re-checked), with ``start = 0.1`` and ``period = 30_000``.
    """
    if period < 1:
        raise ValueError(f"the period must be at least 1, not {period}")
    return start * (1.0 - (told % period) / period)


def power_law(elites: Sequence[Known], exponent: float, rng: np.random.Generator) -> Known:
    """Choose one with probability proportional to ``rank ** -exponent``, where rank 1 is the fittest.

    Lange et al. 2025, "ShinkaEvolve", section 3.1 (recalled, not re-checked). Of equals the earlier in
    the sequence has the better rank. `exponent` is at least 0: 0 chooses all alike.
    """
    fitness = fitnesses(elites)
    if not (exponent >= 0.0 and np.isfinite(exponent)):
        raise ValueError(f"the exponent must be finite and at least 0, not {exponent}")
    ranked = np.argsort(-fitness, kind="stable")
    weights = np.arange(1.0, len(fitness) + 1.0) ** -exponent
    return elites[int(ranked[draw(weights, rng)])]


def reciprocal_rank(elites: Sequence[Known], rng: np.random.Generator) -> Known:
    """Choose one of N with probability proportional to ``1 / (rank + N)``, where rank 1 is the fittest.

    Liu et al. 2024, "Evolution of heuristics", section 3.3: a mild pressure, at most 2 to 1. Of equals the
    earlier in the sequence has the better rank.
    """
    ranked = np.argsort(-fitnesses(elites), kind="stable")
    weights = 1.0 / (np.arange(1.0, len(elites) + 1.0) + len(elites))
    return elites[int(ranked[draw(weights, rng)])]


def unequal_pair(elites: Sequence[Known], rng: np.random.Generator) -> tuple[Known, ...]:
    """Choose two of unequal fitness, every such pair with the same probability; give the fitter first.

    Empty where all are equally fit. Ye et al. 2024, "ReEvo", section 4. Takes quadratic time.
    """
    pairs = [(a, b) for a in elites for b in elites if fitness_of(a) > fitness_of(b)]
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
    drawn = [elites[i] for i in distinct(len(elites), n + len(exclude), rng)]
    return [known for known in drawn if known.candidate.id not in exclude][:n]
