import math
from itertools import pairwise

import numpy as np
import pytest

from evaluators.architecture import ArchitectureSearch, build, read_architecture
from evaluators.networks import error_rate, gradients, logits, train
from evaluators.signals import CLASSES, LENGTH, TEST, TRAIN, VALIDATION, draw_signals
from evoengine.evaluation import Invalid

CONV = {"kind": "conv", "channels": 8, "width": 5, "stride": 2}
FILTERS = [{"kind": "conv", "channels": 10, "width": 11}, {"kind": "pool", "width": 30, "mode": "max"}]
EVERYTHING = [
    {"kind": "conv", "channels": 6, "width": 5, "stride": 3, "activation": "tanh"},
    {"kind": "conv", "channels": 4, "width": 2, "groups": 2, "activation": "none"},
    {"kind": "pool", "width": 3, "mode": "mean"},
    {"kind": "pool", "width": 2, "mode": "max"},
    {"kind": "dense", "units": 5, "activation": "tanh"},
    {"kind": "dense", "units": 7, "activation": "relu"},
]


class Returns:
    """A trial whose candidate gives these layers."""

    def __init__(self, layers):
        self._layers = layers

    def call(self, name, *args):
        assert (name, args) == ("architecture", (LENGTH, CLASSES))
        return self._layers


def network(layers, seed=0):
    return build(read_architecture(layers), np.random.default_rng(seed))


def test_a_bank_of_matched_filters_is_worth_what_the_readme_says():
    result = ArchitectureSearch().evaluate(Returns(FILTERS))
    assert result.objectives == {"size_times_error": pytest.approx(35.19)}
    assert result.measures == {"log_size": pytest.approx(math.log10(230)), "depth": 2}
    assert result.feedback.startswith("230 parameters; 0.15")
    assert "conv: (40, 1) -> (30, 10)" in result.feedback
    assert result.artifacts["held_out"].startswith("0.1340 of the test split wrong")


def test_networks_that_err_too_often_are_refused():
    with pytest.raises(Invalid, match=r"errs too often: 410 parameters; 0\.\d+ .* more than 0.4"):
        ArchitectureSearch(signals=500, epochs=2).evaluate(Returns([]))


def test_gradients_are_those_of_finite_differences():
    layers = network(EVERYTHING)
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(6, LENGTH)), rng.integers(0, CLASSES, 6)

    def loss():
        scores = logits(layers, x)
        return float(np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(6), y]))

    parameters = [parameter for layer in layers for parameter in layer.parameters]
    for parameter, gradient in zip(parameters, gradients(layers, x, y), strict=True):
        assert gradient.shape == parameter.shape
        for place in rng.integers(0, parameter.size, 5):
            value = parameter.flat[place]
            parameter.flat[place] = value + 1e-6
            above = loss()
            parameter.flat[place] = value - 1e-6
            below = loss()
            parameter.flat[place] = value
            assert gradient.flat[place] == pytest.approx((above - below) / 2e-6, abs=1e-7)


def test_a_convolution_is_a_sum_over_windows():
    (layer, _) = network([{**CONV, "activation": "none", "channels": 3}])
    weights, _ = layer.parameters
    x = np.random.default_rng(0).normal(size=(2, LENGTH, 1))
    found = layer.forward(x)
    assert found.shape == (2, 18, 3)
    for position in range(18):
        window = x[:, 2 * position : 2 * position + 5, 0]
        assert found[:, position] == pytest.approx(window @ weights[0])


def test_groups_see_their_own_channels_only():
    layers = network([{**CONV, "activation": "none"}, {**CONV, "groups": 4, "activation": "none"}])
    x = np.random.default_rng(0).normal(size=(2, 18, 8))
    before = layers[1].forward(x)
    x[:, :, :2] += 1.0
    changed = np.any(layers[1].forward(x) != before, axis=(0, 1))
    assert changed.tolist() == [True] * 2 + [False] * 6


@pytest.mark.parametrize("layers", [[], [CONV], FILTERS, EVERYTHING, [CONV, {**CONV, "groups": 4}]])
def test_the_size_is_that_of_the_parameters(layers):
    steps = read_architecture(layers)
    parameters = [parameter for layer in network(layers) for parameter in layer.parameters]
    assert sum(step.size for step in steps) == sum(parameter.size for parameter in parameters)
    assert logits(network(layers), np.zeros((3, LENGTH))).shape == (3, CLASSES)
    for step, following in pairwise(steps):
        assert step.outputs == following.inputs


def test_the_work_is_counted_for_every_position():
    assert [step.work for step in read_architecture([CONV])] == [18 * 5 * 8, 18 * 8 * 10]


def test_rounding_decides_nothing():
    data, others = draw_signals(0, TRAIN, 1000), draw_signals(0, VALIDATION, 300)
    noise = 1e-14 * np.random.default_rng(1).normal(size=data.x.shape)
    answers = []
    for x in (data.x, data.x * (1 + noise)):
        layers = network([CONV, CONV])
        train(layers, x, data.y, 5, np.random.default_rng(2))
        answers.append(np.argmax(logits(layers, others.x), axis=1))
    assert (answers[0] == answers[1]).all()


def test_training_lowers_the_error_and_repeats():
    data = draw_signals(0, TRAIN, 1000)
    errors = []
    for _ in range(2):
        layers = network(FILTERS)
        before = error_rate(layers, data.x, data.y)
        train(layers, data.x, data.y, 10, np.random.default_rng(0))
        errors.append(error_rate(layers, data.x, data.y))
    assert errors[0] == errors[1] < 0.6 < before


def test_signals_are_shared_balanced_and_of_their_split():
    splits = [draw_signals(0, split, 500) for split in (TRAIN, VALIDATION, TEST)]
    assert draw_signals(0, TRAIN, 500) is splits[0]
    for signals in splits:
        assert signals.x.shape == (500, LENGTH)
        assert not signals.x.flags.writeable
        assert np.bincount(signals.y).tolist() == [50] * CLASSES
        assert (signals.x.mean(), signals.x.std()) == pytest.approx((0.0, 1.0))
    rows = {row.tobytes() for signals in splits for row in signals.x}
    assert len(rows) == 1500
    assert (draw_signals(1, TRAIN, 500).x != splits[0].x).any()


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        (None, "layers must be a list, not None"),
        ([CONV] * 11, "layers must have 0 to 10 items, not 11"),
        ([[]], r"layers\[0\] must be a dict, not list"),
        ([{"units": 3}], r"layers\[0\] lacks 'kind'"),
        ([{"kind": 1}], r"kind of layers\[0\] must be one of conv, pool, dense, not 1"),
        ([{**CONV, "units": 3}], "has 'units', which is none of kind, channels, width, stride"),
        ([{**CONV, "width": 41}], "width of .* = 41 is above 40"),
        ([{**CONV, "channels": True}], "channels of .* must be an integer"),
        ([{**CONV, "stride": 0}], "stride of .* = 0 is below 1"),
        ([{**CONV, "groups": 2}], "groups of .* = 2 is above 1"),
        ([CONV, {**CONV, "groups": 3}], "3 do not divide 8 and 8 channels"),
        ([{**CONV, "activation": "gelu"}], "activation of .* must be one of relu, tanh, none"),
        ([{"kind": "pool", "width": 2, "mode": "min"}], "mode of .* must be one of max, mean"),
        ([{"kind": "pool", "width": 50, "mode": "max"}], "width of .* = 50 is above 40"),
        ([{"kind": "dense", "units": math.nan}], "units of .* must be an integer, not nan"),
        ([{"kind": "dense", "units": 1000}], "51010 parameters, more than 20000"),
        ([{**CONV, "stride": 1}] * 3, "multiplications for a signal, more than 20000"),
    ],
)
def test_what_is_no_network_is_refused(layers, reason):
    with pytest.raises(Invalid, match=reason):
        read_architecture(layers)
