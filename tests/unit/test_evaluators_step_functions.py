import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluators.step_functions import (
    PEAK_LIMIT,
    UNIT,
    AutocorrelationFlatness,
    AutocorrelationPeak,
    MinimumOverlap,
)
from evoengine.evaluation import Invalid

DATA = Path(__file__).parents[1] / "data"
HEIGHTS = st.lists(st.integers(0, 8).map(lambda eighths: eighths / 8), min_size=1, max_size=9)
EVALUATORS = [MinimumOverlap(), AutocorrelationPeak(), AutocorrelationFlatness()]


class Returns:
    """A trial whose candidate returns this."""

    def __init__(self, value):
        self._value = value

    def call(self, name):
        assert name == "heights"
        return self._value


def score(evaluator, heights):
    return evaluator.evaluate(Returns(heights))


def value(evaluator, heights):
    (only,) = score(evaluator, heights).objectives.values()
    return only


def convolve(one, other):
    return [
        sum(one[i] * other[k - i] for i in range(len(one)) if 0 <= k - i < len(other))
        for k in range(len(one) + len(other) - 1)
    ]


def exact_overlap(heights):
    n, h = len(heights), [Fraction(height) for height in heights]
    total = sum(h)
    if 2 * total >= n:
        h = [height * n / (2 * total) for height in h]
    else:
        h = [1 - (1 - height) * n / (2 * (n - total)) for height in h]
    assert sum(h) == Fraction(n, 2)
    assert all(0 <= height <= 1 for height in h)
    rest = [1 - height for height in h]
    return max(convolve(h, rest[::-1])) * 2 / n


def exact_peak(heights):
    f = [Fraction(height) for height in heights]
    return 2 * len(f) * max(convolve(f, f)) / sum(f) ** 2


def exact_flatness(heights):
    f = [Fraction(height) for height in heights]
    y = [0, *convolve(f, f), 0]
    squares = sum(y[i] ** 2 + y[i] * y[i + 1] + y[i + 1] ** 2 for i in range(len(y) - 1)) / 3
    return squares / (sum(y) * max(y))


@settings(max_examples=100, deadline=None)
@given(HEIGHTS)
def test_the_overlap_is_the_exact_one_rounded_up(heights):
    expected, found = exact_overlap(heights), value(MinimumOverlap(), heights)
    assert math.nextafter(found, 0.0) < expected <= found


@settings(max_examples=100, deadline=None)
@given(HEIGHTS)
def test_both_autocorrelations_are_exact_and_rounded_against_the_candidate(heights):
    top = max(heights)
    assume(top > 0)
    scaled = [Fraction(round(height / top * UNIT), UNIT) for height in heights]
    peak, flatness = value(AutocorrelationPeak(), heights), value(AutocorrelationFlatness(), heights)
    assert math.nextafter(peak, 0.0) < exact_peak(scaled) <= peak
    assert flatness <= exact_flatness(scaled) < math.nextafter(flatness, 2.0)


def test_the_values_are_those_of_the_published_formulas():
    """AlphaEvolve 2025, appendix B.1, B.2 and B.5, in floats."""
    heights = np.random.default_rng(0).random(40)
    terms = np.convolve(heights, heights)
    assert value(AutocorrelationPeak(), heights) == pytest.approx(2 * 40 * terms.max() / heights.sum() ** 2)
    y = np.concatenate([[0.0], terms, [0.0]])
    width = 1.0 / (len(terms) + 1)
    square = width / 3 * (y[:-1] ** 2 + y[:-1] * y[1:] + y[1:] ** 2).sum()
    flatness = square / (terms.sum() * width * terms.max())
    assert value(AutocorrelationFlatness(), heights) == pytest.approx(flatness)
    h = heights * 20 / heights.sum() if heights.sum() > 20 else 1 - (1 - heights) * 20 / (40 - heights.sum())
    overlap = np.correlate(h, 1 - h, "full").max() * 2 / 40
    assert value(MinimumOverlap(), heights) == pytest.approx(overlap)


@pytest.mark.parametrize("evaluator", EVALUATORS)
@given(heights=HEIGHTS, parts=st.integers(2, 4))
def test_finer_steps_of_the_same_function_change_nothing(evaluator, heights, parts):
    assume(max(heights) > 0)
    fine = [height for height in heights for _ in range(parts)]
    assert score(evaluator, fine).objectives == score(evaluator, heights).objectives


@pytest.mark.parametrize("evaluator", EVALUATORS)
@given(heights=HEIGHTS)
def test_the_mirrored_function_is_worth_the_same(evaluator, heights):
    assume(max(heights) > 0)
    one, other = score(evaluator, heights), score(evaluator, heights[::-1])
    assert one.objectives == other.objectives
    assert one.measures == pytest.approx(other.measures)


@given(HEIGHTS)
def test_a_function_and_its_complement_overlap_alike(heights):
    assert value(MinimumOverlap(), heights) == value(MinimumOverlap(), [1.0 - height for height in heights])


@pytest.mark.parametrize(
    ("heights", "overlap", "crispness"),
    [([0.3], 1 / 2, 0.0), ([0, 1, 1, 0], 1 / 2, 1.0), ([0, 0.5, 1, 0.5, 1, 0.5, 0], 3 / 7, 4 / 7)],
)
def test_simple_functions_have_their_known_overlap(heights, overlap, crispness):
    result = score(MinimumOverlap(), heights)
    assert result.exact
    assert 0 <= result.objectives["overlap"] - overlap < 1e-15
    assert result.measures == {"asymmetry": 0.0, "crispness": pytest.approx(crispness)}


@pytest.mark.parametrize(("heights", "shift"), [([1, 0], 1), ([0, 1], -1), ([0.6, 0], 1), ([1, 0.4], 1)])
def test_the_shift_of_the_maximum_is_named(heights, shift):
    assert f"at the shifts {shift}\n" in score(MinimumOverlap(), heights).feedback + "\n"


def test_ten_steps_reach_two_fifths():
    """As T. S. Motzkin, K. E. Ralston and J. L. Selfridge did in 1956 (recalled, not re-checked)."""
    half = [0, 0.5, 0.5, 0.5, 1]
    assert value(MinimumOverlap(), half + half[::-1]) == 0.4


def test_the_scored_function_is_normalised_and_kept():
    result = score(MinimumOverlap(), [0.2, 0.4, 0.4, 0.2])
    kept = [float(line) for line in result.artifacts["heights"].splitlines()]
    assert kept == pytest.approx([3 / 7, 4 / 7, 4 / 7, 3 / 7])
    assert "the integral was 0.6; the function was normalised to 1" in result.feedback
    assert "normalised" not in score(MinimumOverlap(), [0.25, 0.75]).feedback
    doubled = score(AutocorrelationPeak(), [2.0, 4.0, 1.0])
    assert doubled.artifacts["heights"].splitlines() == ["0.5", "1.0", "0.25"]
    assert doubled.measures["mean_height"] == pytest.approx(1.75 / 3)
    assert doubled.measures["asymmetry"] == pytest.approx(0.25 / 1.75)


def test_a_constant_has_a_triangle_for_an_autoconvolution():
    for steps in (1, 2, 7, 100):
        assert value(AutocorrelationPeak(), [3.0] * steps) == 2.0
        assert value(AutocorrelationFlatness(), [3.0] * steps) == pytest.approx(2 / 3)
    assert "at the shifts 0\n" in score(AutocorrelationPeak(), [1.0] * 7).feedback


def test_the_inverse_square_root_comes_near_its_peak_of_half_pi():
    """Long thought to be the best: A. Schinzel and W. M. Schmidt 2002 (recalled, not re-checked)."""
    middles = np.arange(2000) + 0.5
    assert value(AutocorrelationPeak(), middles**-0.5) == pytest.approx(math.pi / 2, rel=0.01)


FOUND = {
    "erdos_min_overlap": (MinimumOverlap(), 0.38092207571781245, -0.38092303510845016),
    "autocorrelation_1": (AutocorrelationPeak(), 1.508160193188836, -1.50992),
    "autocorrelation_2": (AutocorrelationFlatness(), 0.9107059212891712, 0.8962799441554083),
}
"""Constructions of this project's own: what they are worth, and a published fitness that they exceed."""


@pytest.mark.parametrize("problem", FOUND)
def test_the_construction_that_is_kept_has_its_value(problem):
    evaluator, expected, published = FOUND[problem]
    result = score(evaluator, np.loadtxt(DATA / f"{problem}.txt"))
    (found,) = result.objectives.values()
    assert result.exact
    assert found == expected
    assert math.copysign(found, published) > published
    assert " more\n" in f"{result.feedback}\n"


@pytest.mark.parametrize("evaluator", [AutocorrelationPeak(), AutocorrelationFlatness()])
@pytest.mark.parametrize("scale", [5e-324, 1e-161, 1e161, 1e308])
def test_neither_underflow_nor_overflow_changes_a_score(evaluator, scale):
    assert value(evaluator, [scale, 0.0, scale]) == value(evaluator, [1.0, 0.0, 1.0])


def test_a_spike_is_refused_where_its_peak_is_beyond_all_bounds():
    steps = int(PEAK_LIMIT) // 2
    assert value(AutocorrelationPeak(), [1.0] + [0.0] * (steps - 1)) == PEAK_LIMIT
    with pytest.raises(Invalid, match=r"above 100\.0: nearly all of the function is in a spike"):
        score(AutocorrelationPeak(), [1.0] + [0.0] * steps)


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(
    ("heights", "reason"),
    [
        (None, "must be a list, not None"),
        ([], r"the number of heights\(\) = 0 is below 1"),
        (np.zeros(5000), r"the number of heights\(\) = 5000 is above"),
        (np.zeros((3, 3)), r"must have the shape \(3,\), not \(3, 3\)"),
        ([0.5, -0.1], r"heights\(\)\[1\] = -0.1 is below 0.0"),
        ([0.5, math.nan], "must be finite"),
        ([True, False], "must be a number, not bool True"),
    ],
)
def test_what_is_no_such_function_is_refused(evaluator, heights, reason):
    with pytest.raises(Invalid, match=reason):
        score(evaluator, heights)


def test_each_problem_refuses_what_it_cannot_normalise():
    with pytest.raises(Invalid, match=r"= 1.5 is above 1.0"):
        score(MinimumOverlap(), [0.5, 1.5])
    for evaluator in (AutocorrelationPeak(), AutocorrelationFlatness()):
        with pytest.raises(Invalid, match="the function is 0 everywhere"):
            score(evaluator, [0.0, 0.0])
