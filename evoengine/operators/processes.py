"""A Gaussian process over few points."""

import math
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]

LENGTHS = (0.1, 0.3, 1.0, 3.0)
NOISES = (1e-3, 1e-1)

_NORMAL = NormalDist()


class Process:
    """A Gaussian process with a Matern 5/2 kernel (Rasmussen & Williams 2006, equation 4.17, algorithm 2.1).

    Length and noise are those of `LENGTHS` and `NOISES` with the greatest marginal likelihood, the variance in
    closed form; one length serves all coordinates. Fitting takes O(n^3) each, some 0.5 ms in all for 64 points.

    Parameters
    ----------
    points
        Shape ``(n, d)``, in units in which a step of 1 is large.
    values
        Shape ``(n,)``, about 0.
    """

    def __init__(self, points: Floats, values: Floats) -> None:
        self._points = points
        distances = _distances(points, points)
        fits = [_fit(distances, values, length, noise) for length in LENGTHS for noise in NOISES]
        _, self._length, self._inverse, self._weights, self._variance = max(fits, key=lambda fit: fit[0])

    def draw(self, points: Floats, rng: np.random.Generator) -> Floats:
        """Draw from the posterior of each of these points, shape ``(m, d)``, taken for itself; shape ``(m,)``."""
        mean, deviation = self._posterior(points)
        return mean + deviation * rng.normal(size=len(points))

    def improvement(self, points: Floats, best: float) -> Floats:
        """Give by how much each of these points is expected to exceed `best`, at least 0; shapes as of `draw`.

        Jones, Schonlau & Welch 1998, "Efficient global optimization of expensive black-box functions", equation 15.
        """
        mean, deviation = self._posterior(points)
        ahead = (mean - best) / deviation
        below = np.array([_NORMAL.cdf(each) for each in ahead.tolist()])
        density = np.exp(-0.5 * ahead * ahead) / math.sqrt(2.0 * math.pi)
        return np.maximum(deviation * (ahead * below + density), 0.0)

    def _posterior(self, points: Floats) -> tuple[Floats, Floats]:
        cross = self._inverse @ _kernel(_distances(self._points, points), self._length)
        deviation = np.sqrt(np.maximum(1.0 - (cross * cross).sum(axis=0), 1e-9) * self._variance)
        return cross.T @ self._weights, deviation


def _fit(
    distances: Floats, values: Floats, length: float, noise: float
) -> tuple[float, float, Floats, Floats, float]:
    """Give the log marginal likelihood but for a constant, the length, L^-1, L^-1 y and the variance."""
    count = len(values)
    lower = np.linalg.cholesky(_kernel(distances, length) + noise * np.eye(count))
    inverse = np.linalg.inv(lower)
    weights = inverse @ values
    variance = float(weights @ weights) / count
    likelihood = -0.5 * count * math.log(variance) - float(np.log(np.diag(lower)).sum())
    return likelihood, length, inverse, weights, variance


def _distances(one: Floats, other: Floats) -> Floats:
    squares = (one * one).sum(axis=1)[:, None] + (other * other).sum(axis=1)[None] - 2.0 * one @ other.T
    return np.sqrt(np.maximum(squares, 0.0))


def _kernel(distances: Floats, length: float) -> Floats:
    scaled = math.sqrt(5.0) / length * distances
    return (1.0 + scaled + scaled * scaled / 3.0) * np.exp(-scaled)
