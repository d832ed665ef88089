"""Small networks for signals, trained in NumPy: convolutions, pooling, dense layers, and Adam."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from evaluators.gates import FloatArray
from evaluators.signals import Labels

_BATCH = 50
_PART = 200
"""Signals classified at once, so that wide windows do not take all memory."""
_RATE = 0.01
"""Of Adam in the first step; it falls to 0 along a cosine."""


class Layer(Protocol):
    """A layer between arrays of shape (batch, positions, channels)."""

    parameters: list[FloatArray]

    def forward(self, x: FloatArray) -> FloatArray:
        """Give the outputs, and remember what `backward` needs."""
        ...

    def backward(self, gradient: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
        """Take the gradient by the outputs; give those by the inputs and by each of the parameters."""
        ...


class Convolution:
    """Weighted sums over windows of positions, the same at every position; channels in groups see their own only."""

    def __init__(
        self, channels: tuple[int, int], width: int, stride: int, groups: int, rng: np.random.Generator
    ) -> None:
        inputs, outputs = channels
        self._width, self._stride, self._groups = width, stride, groups
        fan = inputs // groups * width
        weights = rng.normal(0.0, np.sqrt(2.0 / fan), (groups, fan, outputs // groups))
        self.parameters = [weights, np.zeros(outputs)]
        self._columns = np.zeros(0)
        self._shape = (0, 0, 0)

    def forward(self, x: FloatArray) -> FloatArray:
        batch, _, channels = self._shape = x.shape
        windows = sliding_window_view(x, self._width, axis=1)[:, :: self._stride]
        positions = windows.shape[1]
        grouped = windows.reshape(batch * positions, self._groups, channels // self._groups * self._width)
        self._columns = grouped.transpose(1, 0, 2)
        weights, bias = self.parameters
        sums = (self._columns @ weights).transpose(1, 0, 2)
        return sums.reshape(batch, positions, -1) + bias

    def backward(self, gradient: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
        batch, positions, outputs = gradient.shape
        grouped = gradient.reshape(batch * positions, self._groups, outputs // self._groups).transpose(
            1, 0, 2
        )
        weights, _ = self.parameters
        by_weights = self._columns.transpose(0, 2, 1) @ grouped
        by_columns = (grouped @ weights.transpose(0, 2, 1)).transpose(1, 0, 2)
        by_windows = by_columns.reshape(batch, positions, self._shape[2], self._width)
        by_x = np.zeros(self._shape)
        for offset in range(self._width):
            end = offset + positions * self._stride
            by_x[:, offset : end : self._stride] += by_windows[:, :, :, offset]
        return by_x, [by_weights, gradient.sum(axis=(0, 1))]


class Pooling:
    """The largest or the mean value of each channel in windows that do not overlap; what is left over is dropped."""

    def __init__(self, width: int, *, largest: bool) -> None:
        self.parameters: list[FloatArray] = []
        self._width, self._largest = width, largest
        self._shape = (0, 0, 0)
        self._shares = np.zeros(0)

    def forward(self, x: FloatArray) -> FloatArray:
        batch, positions, channels = self._shape = x.shape
        count = positions // self._width
        windows = x[:, : count * self._width].reshape(batch, count, self._width, channels)
        if not self._largest:
            self._shares = np.full(windows.shape, 1.0 / self._width)
            return windows.mean(axis=2)
        values = windows.max(axis=2)
        ties = windows == values[:, :, None]
        self._shares = ties / ties.sum(axis=2, keepdims=True)
        return values

    def backward(self, gradient: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
        batch, count, channels = gradient.shape
        by_x = np.zeros(self._shape)
        by_windows = gradient[:, :, None] * self._shares
        by_x[:, : count * self._width] = by_windows.reshape(batch, count * self._width, channels)
        return by_x, []


class Dense:
    """Weighted sums of everything; gives one position."""

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator) -> None:
        weights = rng.normal(0.0, np.sqrt(2.0 / inputs), (inputs, outputs))
        self.parameters = [weights, np.zeros(outputs)]
        self._x = np.zeros((0, 0))
        self._shape = (0, 0, 0)

    def forward(self, x: FloatArray) -> FloatArray:
        self._shape = x.shape
        self._x = x.reshape(len(x), -1)
        weights, bias = self.parameters
        return (self._x @ weights + bias)[:, None]

    def backward(self, gradient: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
        flat = gradient[:, 0]
        weights, _ = self.parameters
        return (flat @ weights.T).reshape(self._shape), [self._x.T @ flat, flat.sum(axis=0)]


class Nonlinear:
    """A function of every number by itself: ``relu`` or ``tanh``."""

    def __init__(self, activation: str) -> None:
        self.parameters: list[FloatArray] = []
        self._relu = activation == "relu"
        self._slope = np.zeros(0)

    def forward(self, x: FloatArray) -> FloatArray:
        if self._relu:
            self._slope = (x > 0.0).astype(np.float64)
            return x * self._slope
        values = np.tanh(x)
        self._slope = 1.0 - values * values
        return values

    def backward(self, gradient: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
        return gradient * self._slope, []


def logits(layers: Sequence[Layer], x: FloatArray) -> FloatArray:
    """Give what the network makes of signals of shape (n, length), shape (n, classes)."""
    values = x[:, :, None]
    for layer in layers:
        values = layer.forward(values)
    return values[:, 0]


def gradients(layers: Sequence[Layer], x: FloatArray, y: Labels) -> list[FloatArray]:
    """Give the gradients of the mean cross-entropy by all parameters, in their order."""
    scores = logits(layers, x)
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    gradient = odds / odds.sum(axis=1, keepdims=True)
    gradient[np.arange(len(y)), y] -= 1.0
    found: list[FloatArray] = []
    flowing = gradient[:, None] / len(y)
    for layer in reversed(layers):
        flowing, by_parameters = layer.backward(flowing)
        found = by_parameters + found
    return found


def train(layers: Sequence[Layer], x: FloatArray, y: Labels, epochs: int, rng: np.random.Generator) -> None:
    """Minimise the mean cross-entropy in place: Adam (Kingma and Ba 2015) with its own constants, in batches of 50."""
    parameters = [parameter for layer in layers for parameter in layer.parameters]
    means = [np.zeros_like(parameter) for parameter in parameters]
    squares = [np.zeros_like(parameter) for parameter in parameters]
    steps = epochs * (len(x) // _BATCH)
    order = np.array([rng.permutation(len(x))[: len(x) // _BATCH * _BATCH] for _ in range(epochs)])
    for step, batch in enumerate(order.reshape(steps, _BATCH)):
        rate = _RATE * 0.5 * (1.0 + np.cos(np.pi * step / steps))
        rate *= np.sqrt(1.0 - 0.999 ** (step + 1)) / (1.0 - 0.9 ** (step + 1))
        found = gradients(layers, x[batch], y[batch])
        for parameter, mean, square, gradient in zip(parameters, means, squares, found, strict=True):
            mean[:] += 0.1 * (gradient - mean)
            square[:] += 0.001 * (gradient * gradient - square)
            parameter[:] -= rate * mean / (np.sqrt(square) + 1e-8)


def error_rate(layers: Sequence[Layer], x: FloatArray, y: Labels) -> float:
    """Give the share of signals that are taken for another class than theirs; of equal scores the first counts."""
    taken = np.empty(len(x), dtype=np.intp)
    for start in range(0, len(x), _PART):
        taken[start : start + _PART] = np.argmax(logits(layers, x[start : start + _PART]), axis=1)
    return np.count_nonzero(taken != y) / len(x)
