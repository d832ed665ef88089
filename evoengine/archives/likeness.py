"""Measures learnt from judgments of likeness: a linear projection of hashed texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evoengine.preferences import Preference
from evoengine.problem import Measure
from evoengine.text.hashed import hashed
from evoengine.types import Genome

SIZE = 256
"""Features of a text: with fewer, a word that tells texts apart is lost among those it shares a place with."""

MARGIN = 0.05
STEPS = 300
RATE = 0.5
HELD_OUT_EVERY = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Likeness:
    """A projection z = W x of hashed texts, in which alike texts are near.

    Attributes
    ----------
    weights
        W, shape ``(axes, SIZE)``.
    low, high
        The ranges of z over the texts that it was made for, each of shape ``(axes,)``.
    accuracy
        The share of judgments held out that it agrees with; 0 for one that was not learnt.
    """

    weights: Floats
    low: Floats
    high: Floats
    accuracy: float = 0.0

    @classmethod
    def random(cls, axes: int) -> "Likeness":
        """Give a projection that nobody taught: always the same."""
        weights = np.random.default_rng(0).normal(0.0, 1.0, (axes, SIZE))
        return cls(weights, np.full(axes, -2.0), np.full(axes, 2.0))

    def place(self, features: Floats) -> dict[str, float]:
        """Give the measures of a text by its features."""
        return {f"likeness_{axis}": float(z) for axis, z in enumerate(self.weights @ features)}

    def measures(self, bins: int) -> tuple[Measure, ...]:
        """Give the axes of an archive, with so many bins each."""
        ranges = zip(self.low.tolist(), self.high.tolist(), strict=True)
        return tuple(Measure(f"likeness_{axis}", low, high, bins) for axis, (low, high) in enumerate(ranges))


def features(genome: Genome) -> Floats:
    """Give what is projected of a text."""
    return hashed(genome, SIZE)


def learn(judgments: Sequence[Preference], texts: Mapping[str, Floats], axes: int) -> Likeness:
    """Learn a projection from judgments; ties are left out, and every fifth judgment is held out.

    Ding et al. 2024, "Quality diversity through human feedback", section 3.2: with
    ``d = |z_ref - z_a|^2 - |z_ref - z_b|^2`` and y the sign of the true d, the loss is the mean of
    ``max(0, 0.05 - y d)``; here by full-batch gradient descent from the fixed random projection.

    Parameters
    ----------
    judgments
        At least `HELD_OUT_EVERY`, about candidates of `texts`, whose features are given by id.
    """
    triplets = [_edges(judgment, texts) for judgment in judgments]
    training = [triplet for n, triplet in enumerate(triplets) if (n + 1) % HELD_OUT_EVERY]
    near, far = (np.array(side) for side in zip(*training, strict=True))
    weights = Likeness.random(axes).weights / SIZE**0.5
    for _ in range(STEPS):
        a, b = near @ weights.T, far @ weights.T
        active = (a**2).sum(1) - (b**2).sum(1) > -MARGIN  # y = -1: the first is nearer
        gradient = 2.0 * (a[active].T @ near[active] - b[active].T @ far[active]) / len(near)
        weights = weights - RATE * gradient
    z = np.array([weights @ text for text in texts.values()])
    low, high = z.min(0), z.max(0)
    return Likeness(
        weights,
        low,
        np.maximum(high, low + 1e-9),
        _accuracy(weights, triplets[HELD_OUT_EVERY - 1 :: HELD_OUT_EVERY]),
    )


def _edges(judgment: Preference, texts: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Give the differences from the reference, to the nearer one and to the other."""
    reference = texts[judgment.reference]
    return reference - texts[judgment.better], reference - texts[judgment.worse]


def _accuracy(weights: Floats, held: Sequence[tuple[Floats, Floats]]) -> float:
    right = [float(np.sum((weights @ a) ** 2)) < float(np.sum((weights @ b) ** 2)) for a, b in held]
    return sum(right) / len(right)
