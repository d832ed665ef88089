"""Choosing what scores high and has few children yet."""

from collections.abc import Mapping, Sequence

import numpy as np

from evoengine.selection.drawing import Floats, draw, fitnesses, median
from evoengine.types import Known

_FAR = 1e300


def score_novelty(
    elites: Sequence[Known],
    children: Mapping[str, int],
    rng: np.random.Generator,
    *,
    midpoint: float = 0.5,
    sharpness: float = 10.0,
) -> Known:
    """Choose one with probability proportional to ``sigmoid(sharpness * (fitness - midpoint)) / (1 + children)``.

    The Darwin Gödel Machine (Zhang et al. 2025, "Darwin Gödel Machine: Open-ended evolution of
    self-improving agents", appendix A.2; recalled, not re-checked), whose fitness is a share of solved tasks in [0, 1].

    Parameters
    ----------
    children
        How many valid children each id has, as in `archives.TreeArchive.children`; those left out have none.
    """
    with np.errstate(over="ignore"):
        return _choose(elites, sharpness * (fitnesses(elites) - midpoint), children, rng)


def median_novelty(
    elites: Sequence[Known],
    children: Mapping[str, int],
    rng: np.random.Generator,
    *,
    sharpness: float = 10.0,
) -> Known:
    """Choose one with probability proportional to ``sigmoid(sharpness * (f - median) / MAD) / (1 + children)``.

    ShinkaEvolve (Lange et al. 2025, "ShinkaEvolve: Towards open-ended and sample-efficient program
    evolution", section 3.1; recalled, not re-checked), where MAD is the median absolute deviation of the
    fitness. Where that is 0, it stands for an arbitrarily small number: whatever lies below the median is
    never chosen, and what lies above has twice the weight of the median. Scale and unit of the fitness do
    not matter.
    """
    # Scaled first, so that no difference exceeds the largest float.
    fitness = fitnesses(elites) / 4.0
    excess = fitness - median(fitness)
    deviation = median(np.abs(excess))
    with np.errstate(over="ignore"):
        steps = excess / deviation if deviation > 0.0 else np.sign(excess) * _FAR
        return _choose(elites, sharpness * steps, children, rng)


def _choose(
    elites: Sequence[Known], logits: Floats, children: Mapping[str, int], rng: np.random.Generator
) -> Known:
    counts = np.fromiter((children.get(known.candidate.id, 0) for known in elites), np.float64, len(elites))
    # By logarithms, so that candidates far below the midpoint still differ in weight.
    logs = -np.logaddexp(0.0, -np.clip(logits, -_FAR, _FAR)) - np.log1p(counts)
    return elites[draw(np.exp(logs - logs.max()), rng)]
