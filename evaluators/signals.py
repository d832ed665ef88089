"""A small data set in the manner of MNIST-1D: ten smooth shapes, disturbed in every way that images of digits are."""

import functools
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from evaluators.gates import FloatArray

CLASSES = 10
LENGTH = 40
"""Numbers of a signal."""

TRAIN, VALIDATION, TEST = 1, 2, 3
"""The streams of the splits."""

_SHAPES = 0
"""The stream of the shapes."""
_POINTS, _LONG = 12, 72
"""Points of a shape, and of a signal before it is sampled."""

Labels: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Signals:
    """Signals of shape (n, 40) with their classes, shape (n,), of which each has as many, one after the other."""

    x: FloatArray
    y: Labels


@functools.cache
def draw_signals(seed: int, split: int, count: int) -> Signals:
    """Draw `count` signals; those of each split come from a stream of their own. They are drawn once and shared.

    After S. Greydanus (2020), "Scaling down deep learning", which describes MNIST-1D, with its magnitudes. In place of its
    ten hand-drawn digits there are shapes drawn anew for each seed. A shape of 12 points is padded, stretched, scaled by 0.8 to 1.2 and
    shifted by up to 48 of 72 points; what is not shape is filled with smooth noise; white noise and a random
    slope are added; the whole is sampled at 40 points.
    """
    shapes = _draw_shapes(np.random.default_rng([seed, _SHAPES]))
    rng = np.random.default_rng([seed, split])
    y = np.arange(count) % CLASSES
    x = np.array([_disturb(shapes[label], rng) for label in y])
    x = (x - x.mean()) / x.std()
    x.flags.writeable = y.flags.writeable = False
    return Signals(x, y)


def _draw_shapes(rng: np.random.Generator) -> FloatArray:
    """Draw shapes that begin and end at 0 with a standard deviation of 1/6, shape (10, 12)."""
    steps = rng.normal(size=(CLASSES, _POINTS - 1))
    walks = np.concatenate([np.zeros((CLASSES, 1)), np.cumsum(steps, axis=1)], axis=1)
    bridges = walks - walks[:, -1:] * np.linspace(0.0, 1.0, _POINTS)
    return bridges / bridges.std(axis=1, keepdims=True) / 6.0


def _disturb(shape: FloatArray, rng: np.random.Generator) -> FloatArray:
    padded = np.concatenate([shape, np.full(int(rng.integers(36, 61)), np.nan)])
    place = np.linspace(0.0, len(padded) - 1.0, _LONG)
    signal = np.interp(place, np.arange(len(padded)), padded) * (1.0 + 0.4 * (rng.random() - 0.5))
    signal = np.roll(signal, int(rng.integers(48)))
    signal = np.where(np.isnan(signal), _smooth(0.25 * rng.normal(size=_LONG)), signal)
    signal += 0.02 * rng.normal(size=_LONG)
    signal -= 0.75 * (rng.random() - 0.5) * np.linspace(-0.5, 0.5, _LONG)
    return np.interp(np.linspace(0.0, _LONG - 1.0, LENGTH), np.arange(_LONG), signal).astype(np.float64)


def _smooth(noise: FloatArray) -> FloatArray:
    """Convolve with a normal density of standard deviation 2, mirrored at the ends."""
    weights = np.exp(-(np.arange(-8, 9) ** 2) / 8.0)
    mirrored = np.pad(noise, 8, mode="symmetric")
    return sliding_window_view(mirrored, len(weights)) @ (weights / weights.sum())
