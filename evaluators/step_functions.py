"""Step functions: Erdos' minimum overlap problem and two autocorrelation inequalities, certified in integers.

A candidate gives the heights of a function on steps of equal width. They are first rounded to multiples of
2^-52 of the largest height that there is or may be. That function is the one that is scored, in integers
from there on, so nothing underflows, and nobody gains by a rounding error or by a sum that is nearly right.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from evaluators.exact import at_least, at_most, convolve
from evaluators.gates import FloatArray, array, length
from evoengine.evaluation import Invalid, Score, Trial

UNIT = 1 << 52
"""What the height 1, or the largest height, is in integers."""

PEAK_LIMIT = 100.0
"""A larger peak of an autocorrelation is refused: the function is nearly a spike."""

_EXTREME = 1e-4
"""A value within this share of the largest counts as a maximum in the feedback, and in no score."""

_SHOWN = 10
"""Maxima listed in the feedback."""


class MinimumOverlap:
    """Scores a function by the largest overlap with its complement; lower is better.

    The candidate's ``heights()`` gives the values in [0, 1] of a step function h on [-1, 1], of which the
    integral is to be 1. The value is the maximum over all shifts x of the integral of h(t) (1 - h(t + x)) over
    the t for which both t and t + x are in [-1, 1]. It bounds the constant of Erdos' minimum overlap problem from
    above (L. J. Swinnerton-Dyer in J. K. Haugland, "Advances in the minimum overlap problem", Journal of Number
    Theory 58, 1996).

    The integral is made 1 here, in exact arithmetic: h is scaled down if it is larger, and 1 - h is if it is
    smaller, so that all values stay in [0, 1]. Between shifts by whole steps the overlap is linear, so the
    maximum is at one of these. It is computed in integers and rounded up to a float.

    Parameters
    ----------
    max_steps
        The most heights that are accepted; 1 is the least.

    Notes
    -----
    Measures are ``asymmetry``, the mean of |h(t) - h(-t)|, and ``crispness``, the mean of |2 h(t) - 1|. The
    artifact ``heights`` holds the normalised function in floats, a height a line.
    """

    def __init__(self, max_steps: int = 2000) -> None:
        self.max_steps = max_steps

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for heights that are not numbers in [0, 1]."""
        given = _heights(trial, self.max_steps, 1.0)
        steps = len(given)
        units = _to_units(given, 1.0)
        # The overlaps of 1 - h with its complement are those of h, for the opposite shifts.
        mirrored = 2 * sum(units) < steps * UNIT
        kept = [UNIT - unit for unit in units] if mirrored else units
        total = sum(kept)
        rest = [2 * total - steps * unit for unit in kept]
        overlaps = convolve(kept[::-1], rest)[:: -1 if mirrored else 1]
        value = at_least(Fraction(max(overlaps), 2 * total**2))
        scaled = np.array([steps * unit / (2 * total) for unit in kept])
        heights = 1.0 - scaled if mirrored else scaled
        lines = [
            f"largest overlap {value!r} with {steps} steps, certified in integers",
            _maxima(overlaps, 2.0, steps),
        ]
        integral = f"{2 * sum(units) / (steps * UNIT):.6g}"
        if integral != "1":
            lines.append(f"the integral was {integral}; the function was normalised to 1")
        return Score(
            objectives={"overlap": value},
            measures={
                "asymmetry": float(np.abs(heights - heights[::-1]).mean()),
                "crispness": float(np.abs(2.0 * heights - 1.0).mean()),
            },
            feedback="\n".join(lines),
            artifacts={"heights": _listing(heights)},
            exact=True,
        )


class _Autocorrelation:
    """What both inequalities share: a step function f >= 0 on [-1/4, 1/4], and f * f in integers."""

    def __init__(self, max_steps: int = 4000) -> None:
        self.max_steps = max_steps

    def _units(self, trial: Trial) -> list[int]:
        given = _heights(trial, self.max_steps)
        top = float(given.max())
        if top == 0.0:
            raise Invalid("the function is 0 everywhere")
        return _to_units(given, top)

    def _score(self, name: str, value: float, units: list[int], *lines: str) -> Score:
        heights = np.array(units) / UNIT
        return Score(
            objectives={name: value},
            measures={
                "asymmetry": float(np.abs(heights - heights[::-1]).sum() / (2.0 * heights.sum())),
                "mean_height": float(heights.mean()),
            },
            feedback="\n".join(lines),
            artifacts={"heights": _listing(heights)},
            exact=True,
        )


class AutocorrelationPeak(_Autocorrelation):
    """Scores a function f >= 0 by max f*f / (integral of f)^2; lower is better.

    The candidate's ``heights()`` gives the values >= 0 of a step function f on [-1/4, 1/4]; their scale is of no
    account. f*f is the autoconvolution, the integral of f(t) f(x - t) over t. For n steps it is linear between
    multiples of 1/(2n), so with the terms c of the heights' convolution with themselves the value is
    2 n max(c) / (sum of the heights)^2. It is computed in integers and rounded up to a float, and bounds the
    constant of the inequality max f*f >= C (integral of f)^2 from above (M. Matolcsi and C. Vinuesa, "Improved
    bounds on the supremum of autoconvolutions", Journal of Mathematical Analysis and Applications 372, 2010).

    Parameters
    ----------
    max_steps
        The most heights that are accepted; 1 is the least.

    Notes
    -----
    Measures are ``asymmetry``, the integral of |f(t) - f(-t)| over twice that of f, and ``mean_height``, the
    mean height over the largest. The artifact ``heights`` holds the scored function, its largest height 1, a
    height a line.
    """

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for negative heights, and for a function that is a spike."""
        units = self._units(trial)
        steps, terms = len(units), convolve(units, units)
        exact = Fraction(2 * steps * max(terms), sum(units) ** 2)
        if exact > PEAK_LIMIT:
            raise Invalid(f"the value is above {PEAK_LIMIT}: nearly all of the function is in a spike")
        value = at_least(exact)
        return self._score(
            "peak",
            value,
            units,
            f"max f*f / (integral of f)^2 = {value!r} with {steps} steps, certified in integers",
            _maxima(terms, 0.5, steps),
            f"{sum(unit == 0 for unit in units)} steps have the height 0",
        )


class AutocorrelationFlatness(_Autocorrelation):
    """Scores a function f >= 0 by ||f*f||_2^2 / (||f*f||_1 ||f*f||_max); higher is better.

    The candidate's ``heights()`` gives the values >= 0 of a step function f on [-1/4, 1/4]; neither their scale
    nor the width of the interval is of any account. f*f, the integral of f(t) f(x - t) over t, is linear between
    whole steps, and 0 at both ends; with its values y there, the value is the sum of
    y_i^2 + y_i y_(i+1) + y_(i+1)^2 over all steps, over three times the sum of y and the largest y. It is computed
    in integers and rounded down to a float. It is at most 1 (Hoelder), and bounds the constant of the
    inequality from below (M. Matolcsi and C. Vinuesa, "Improved bounds on the supremum of
    autoconvolutions", Journal of Mathematical Analysis and Applications 372, 2010, section 4, recalled).

    Parameters
    ----------
    max_steps
        The most heights that are accepted; 1 is the least.

    Notes
    -----
    Measures and artifact are those of `AutocorrelationPeak`.
    """

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for negative heights."""
        units = self._units(trial)
        steps, terms = len(units), convolve(units, units)
        ends = zip([0, *terms], [*terms, 0], strict=True)
        squares = sum(a * a + a * b + b * b for a, b in ends)
        value = at_most(Fraction(squares, 3 * sum(terms) * max(terms)))
        return self._score(
            "flatness",
            value,
            units,
            f"||f*f||_2^2 / (||f*f||_1 ||f*f||_max) = {value!r} with {steps} steps, certified in integers",
            f"mean of f*f over its maximum: {sum(terms) / (2 * steps * max(terms)):.6g}",
            _maxima(terms, 0.5, steps),
        )


def _heights(trial: Trial, most: int, high: float = math.inf) -> FloatArray:
    given = trial.call("heights")
    return array(given, "heights()", (length(given, "heights()", 1, most),), 0.0, high)


def _to_units(heights: FloatArray, top: float) -> list[int]:
    """Give the heights in whole units, `UNIT` of which are `top`."""
    units: list[int] = np.rint(heights / top * UNIT).astype(np.int64).tolist()
    return units


def _maxima(terms: Sequence[int], length: float, steps: int) -> str:
    """Say at which shifts the terms of a convolution of two functions on [-length/2, length/2] are largest."""
    top = max(terms)
    shifts = [
        (place + 1 - steps) * length / steps for place, term in enumerate(terms) if term / top >= 1 - _EXTREME
    ]
    shown = ", ".join(f"{shift:.4g}" for shift in shifts[:_SHOWN])
    more = f" and {len(shifts) - _SHOWN} more" if len(shifts) > _SHOWN else ""
    return f"the maximum is reached, but for {_EXTREME:g} of it, at the shifts {shown}{more}"


def _listing(heights: FloatArray) -> str:
    return "\n".join(map(repr, heights.tolist()))
