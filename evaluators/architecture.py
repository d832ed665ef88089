"""Searching for a network: the candidate writes its architecture, the evaluator trains and judges it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluators.gates import choice, integer, items, table
from evaluators.networks import Convolution, Dense, Layer, Nonlinear, Pooling, error_rate, train
from evaluators.signals import CLASSES, LENGTH, TEST, TRAIN, VALIDATION, draw_signals
from evoengine.evaluation import Invalid, Score, Trial

LAYERS, SIZE, WORK = 10, 20_000, 20_000
"""Limits of layers, of parameters, and of multiplications for one signal."""

MOST_ERROR = 0.4
"""Networks that err more often are refused: with few enough parameters any error would pay."""

_HELD_OUT = 1000
"""Signals of the validation split, and of the test split."""
_TRAINING = 4
"""The stream of weights and batches."""

_ACTIVATIONS = ("relu", "tanh", "none")
_KEYS = ("channels", "width", "stride", "groups", "activation", "mode", "units")
_FAR = 1_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """A layer as it was designed, between shapes of (positions, channels) that are known to fit.

    The windows of a dense layer are all positions. `mode` is an activation or, of a pooling layer, its way.
    """

    kind: str
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    width: int
    stride: int
    groups: int
    mode: str

    @property
    def size(self) -> int:
        """Its parameters: weights and one bias for each channel that it gives."""
        return 0 if self.kind == "pool" else (self._fan + 1) * self.outputs[1]

    @property
    def work(self) -> int:
        """Its multiplications for one signal."""
        return 0 if self.kind == "pool" else self.outputs[0] * self._fan * self.outputs[1]

    @property
    def _fan(self) -> int:
        return self.width * self.inputs[1] // self.groups


class ArchitectureSearch:
    """Scores a network by its size times its error; lower is better.

    The candidate's ``architecture(length, classes)`` gives a list of at most ten layers, each a dict::

        {"kind": "conv", "channels": 8, "width": 5, "stride": 1, "groups": 1, "activation": "relu"}
        {"kind": "pool", "width": 2, "mode": "max"}
        {"kind": "dense", "units": 32, "activation": "relu"}

    Stride, groups and activation may be left out and are then as above; activations are ``relu``, ``tanh`` and ``none``, modes ``max``
    and ``mean``. Windows lie within the signal, of 40 positions and one channel at first; a dense layer sees all positions and
    channels and gives one position. After the last layer comes a dense one to the ten classes, which counts.

    The objective ``size_times_error`` is the number of parameters times the share of wrong answers on the validation
    split, as in Chen et al. (2023), "EvoPrompting: Language Models for Code-Level Neural Architecture Search" (the
    negative product of model size and validation error; recalled, not re-checked). Errors above 0.4 are refused.

    Parameters
    ----------
    seed
        Of signals, first weights and batches.
    signals
        How many there are to train on; the other splits have 1000 each.
    epochs
        How often training goes through them.

    Notes
    -----
    Measures are ``log_size``, the decimal logarithm of the number of parameters, and ``depth``, the layers that
    have any, the last included. The error on the test split is in the artifact ``held_out`` and nowhere else, so that no
    search is steered by it. The candidate sees neither signals nor classes.
    """

    def __init__(self, seed: int = 0, signals: int = 4000, epochs: int = 15) -> None:
        self._seed, self._epochs = seed, epochs
        self._train = draw_signals(seed, TRAIN, signals)
        self._validation, self._test = (draw_signals(seed, split, _HELD_OUT) for split in (VALIDATION, TEST))

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for what is no network, is too large, or errs too often."""
        steps = read_architecture(trial.call("architecture", LENGTH, CLASSES))
        rng = np.random.default_rng([self._seed, _TRAINING])
        layers = build(steps, rng)
        train(layers, self._train.x, self._train.y, self._epochs, rng)
        size = sum(step.size for step in steps)
        error = error_rate(layers, self._validation.x, self._validation.y)
        fitted = error_rate(layers, self._train.x, self._train.y)
        shown = f"{size} parameters; {fitted:.4f} of the training split wrong, {error:.4f} of the validation split"
        if error > MOST_ERROR:
            raise Invalid(f"the network errs too often: {shown}, more than {MOST_ERROR}")
        test = error_rate(layers, self._test.x, self._test.y)
        return Score(
            objectives={"size_times_error": size * error},
            measures={"log_size": math.log10(size), "depth": sum(step.kind != "pool" for step in steps)},
            feedback="\n".join([shown, *map(_describe, steps)]),
            artifacts={"held_out": f"{test:.4f} of the test split wrong, size times error {size * test:.3f}"},
        )


def read_architecture(value: Any) -> list[Step]:
    """Check what a candidate returned, and add the last layer. Raises `Invalid`."""
    last = {"kind": "dense", "units": CLASSES, "activation": "none"}
    shape = (LENGTH, 1)
    steps: list[Step] = []
    for i, row in enumerate([*items(value, "layers", 0, LAYERS), last]):
        steps.append(_read_layer(row, f"layers[{i}]", shape))
        shape = steps[-1].outputs
    for what, limit, total in (
        ("parameters", SIZE, sum(step.size for step in steps)),
        ("multiplications for a signal", WORK, sum(step.work for step in steps)),
    ):
        if total > limit:
            raise Invalid(f"the network has {total} {what}, more than {limit}")
    return steps


def _read_layer(row: Any, what: str, shape: tuple[int, int]) -> Step:
    positions, channels = shape
    kind = table(row, what, ("kind",), _KEYS)["kind"]
    match choice(kind, f"the kind of {what}", ("conv", "pool", "dense")):
        case "conv":
            layer = table(row, what, ("kind", "channels", "width"), ("stride", "groups", "activation"))
            outputs = integer(layer["channels"], f"channels of {what}", 1, _FAR)
            width = integer(layer["width"], f"width of {what}", 1, positions)
            stride = integer(layer.get("stride", 1), f"stride of {what}", 1, LENGTH)
            groups = integer(layer.get("groups", 1), f"groups of {what}", 1, channels)
            if channels % groups or outputs % groups:
                raise Invalid(f"groups of {what}: {groups} do not divide {channels} and {outputs} channels")
            return Step(
                "conv",
                shape,
                ((positions - width) // stride + 1, outputs),
                width,
                stride,
                groups,
                choice(layer.get("activation", "relu"), f"activation of {what}", _ACTIVATIONS),
            )
        case "pool":
            layer = table(row, what, ("kind", "width", "mode"))
            width = integer(layer["width"], f"width of {what}", 1, positions)
            mode = choice(layer["mode"], f"mode of {what}", ("max", "mean"))
            return Step("pool", shape, (positions // width, channels), width, width, 1, mode)
        case _:
            layer = table(row, what, ("kind", "units"), ("activation",))
            units = integer(layer["units"], f"units of {what}", 1, _FAR)
            activation = choice(layer.get("activation", "relu"), f"activation of {what}", _ACTIVATIONS)
            return Step("dense", shape, (1, units), positions, 1, 1, activation)


def build(steps: Sequence[Step], rng: np.random.Generator) -> list[Layer]:
    """Build the network with its first weights."""
    layers: list[Layer] = []
    for step in steps:
        (positions, channels), (_, outputs) = step.inputs, step.outputs
        if step.kind == "pool":
            layers.append(Pooling(step.width, largest=step.mode == "max"))
            continue
        if step.kind == "conv":
            layers.append(Convolution((channels, outputs), step.width, step.stride, step.groups, rng))
        else:
            layers.append(Dense(positions * channels, outputs, rng))
        if step.mode != "none":
            layers.append(Nonlinear(step.mode))
    return layers


def _describe(step: Step) -> str:
    return f"  {step.kind}: {step.inputs} -> {step.outputs} (positions, channels), {step.size} parameters"
