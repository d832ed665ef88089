"""What may be said of a few runs: pure functions of their figures, with intervals from a seeded bootstrap."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evoengine.rng import stream

LEVEL = 0.95
"""The coverage that every interval is meant to have."""

RESAMPLES = 10_000

FEWEST = next(n for n in range(1, 99) if 1.0 - 2.0 ** (1 - n) >= LEVEL)
"""Runs below which no interval is given: 6.

The range from the least to the greatest of n independent values holds the median of what they are drawn
from with probability 1 - 2 ** (1 - n) (David and Nagaraja 2003, "Order statistics", section 7.1; recalled,
not re-checked), and no interval inside that range holds it more often.
"""

Interval = tuple[float, float]


def median(values: Sequence[float]) -> float:
    """Give the median, of an even number the mean of the two in the middle; infinite values may be among them.

    Raises `ValueError` for no values.
    """
    if not values:
        raise ValueError("there is no median of no values")
    ordered = sorted(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return low if low == high else low + (high - low) / 2.0


def quartiles(values: Sequence[float]) -> Interval:
    """Give the first and the third quartile, interpolated linearly (type 7 of Hyndman and Fan 1996)."""
    low, high = np.percentile(np.asarray(values, np.float64), [25.0, 75.0]).tolist()
    return low, high


def median_interval(values: Sequence[float]) -> Interval | None:
    """Give a confidence interval of the median; None for fewer than `FEWEST` values.

    The percentile bootstrap (Efron and Tibshirani 1993, "An introduction to the bootstrap", section 13.3;
    recalled, not re-checked) at `LEVEL`, with `RESAMPLES` resamples from a fixed stream: equal values give
    an equal interval.
    """
    if len(values) < FEWEST:
        return None
    return _middle(np.median(_resampled(values, "values"), axis=1))


def probability_of_improvement(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Give the probability that a run of ours is above a run of theirs, a tie counting one half.

    Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice", section 4:
    the Mann-Whitney U statistic over the number of pairs. Runs of equal seeds are not paired. Higher is
    better; 0.5 is no difference. Raises `ValueError` where there are none.
    """
    if not ours or not theirs:
        raise ValueError("both must have runs")
    a, b = np.asarray(ours, np.float64)[None], np.asarray(theirs, np.float64)[None]
    return float(_wins(a, b)[0])


def improvement_interval(ours: Sequence[float], theirs: Sequence[float]) -> Interval | None:
    """Give a confidence interval of `probability_of_improvement`; None for fewer than `FEWEST` of either.

    Both are resampled apart (the stratified bootstrap of Agarwal et al. 2021), otherwise as in
    `median_interval`. Where every run of one beats every run of the other, it is a point, which says that
    no other outcome was seen, and not that none can be.
    """
    if min(len(ours), len(theirs)) < FEWEST:
        return None
    return _middle(_wins(_resampled(ours, "ours"), _resampled(theirs, "theirs")))


def _wins(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give, row by row, the share of pairs that ours win."""
    difference = np.sign(ours[:, :, None] - theirs[:, None, :])
    return 0.5 + difference.mean(axis=(1, 2)) / 2.0


def _resampled(values: Sequence[float], purpose: str) -> NDArray[np.float64]:
    rng = stream(0, -1, f"bootstrap/{purpose}")
    picked = rng.integers(len(values), size=(RESAMPLES, len(values)))
    return np.asarray(values, np.float64)[picked]


def _middle(figures: NDArray[np.float64]) -> Interval:
    tail = 50.0 * (1.0 - LEVEL)
    low, high = np.percentile(figures, [tail, 100.0 - tail]).tolist()
    return low, high


def coverage_of_range(runs: int) -> float:
    """Give how often the whole range of so many runs holds the median that they are drawn around."""
    return 1.0 - math.ldexp(1.0, 1 - runs)
