"""Finding the law of an oscillator: the candidate writes the equation, the evaluator fits its constants."""

import ast
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from evaluators.fitting import fit
from evaluators.gates import FloatArray, array
from evoengine.evaluation import Invalid, Score, Trial

CONSTANTS = 10
"""Constants that an equation may use, as in LLM-SR (Shojaee et al. 2024)."""

NMSE_FLOOR, NMSE_CEILING = 1e-12, 1e3
"""Errors are told apart between these; an exact law reaches the floor."""

_POINTS = 200
_STARTS = 3
_SHOWN = 5
"""States of the largest errors that the feedback lists."""

TRAIN, TEST, OUTSIDE = 1, 2, 3

_LAW, _STARTING = 4, 5
"""The streams of the law and of the starts; those of the states are their splits."""

Acceleration: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Points:
    """States of the oscillator with their accelerations, each of shape (n,)."""

    x: FloatArray
    v: FloatArray
    t: FloatArray
    acceleration: FloatArray


def draw_law(law: int) -> Acceleration:
    """Draw a law: one term each of stiffness, damping, drive and coupling, with constants in [0.5, 1.5]."""
    rng = np.random.default_rng([law, _LAW])
    kinds = [int(rng.integers(kinds)) for kinds in (4, 4, 3, 3)]
    a, b, c, d, e, f, g, h = rng.uniform(0.5, 1.5, 8).round(3)

    def acceleration(x: FloatArray, v: FloatArray, t: FloatArray) -> FloatArray:
        stiffness = (
            -a * x - b * x**3,
            -2.0 * a * np.sin(b * x),
            -a * x + 3.0 * b * x * np.exp(-x * x),
            -a * x - b * x * np.abs(x),
        )
        damping = (-c * v, -c * v * np.abs(v), -0.5 * c * v**3, -c * (x * x - d) * v)
        force, phase = 3.0 * e, f * t
        drive = (force * np.cos(phase), force * np.sin(phase) * x, force * np.sin(phase) * np.exp(-0.1 * t))
        coupling = (g * x * v, g * x * v**2, 2.0 * g * v * np.cos(h * x))
        return stiffness[kinds[0]] + damping[kinds[1]] + drive[kinds[2]] + coupling[kinds[3]]

    return acceleration


def draw_points(law: int, split: int) -> Points:
    """Draw the states of a split (`TRAIN`, `TEST` or `OUTSIDE`) of a law.

    Positions and speeds are at most 2 and times at most 10; outside, positions and speeds are at most 3
    and times from 10 to 20. The states are independent of each other and not those of a trajectory,
    where the velocities of neighbours would give the accelerations away.
    """
    rng = np.random.default_rng([law, split])
    reach, since = (3.0, 10.0) if split == OUTSIDE else (2.0, 0.0)
    x, v = rng.uniform(-reach, reach, _POINTS), rng.uniform(-reach, reach, _POINTS)
    t = rng.uniform(since, since + 10.0, _POINTS)
    return Points(x, v, t, draw_law(law)(x, v, t))


class Oscillator:
    """Scores an equation of motion by its error on states that it was not fitted to; lower is better.

    The candidate's ``equation(x, v, t, params)`` gives the accelerations for arrays of positions, speeds and
    times, all of shape (n,), and ten constants. The evaluator fits the constants to the accelerations
    of 200 training states by damped least squares from three fixed starts, then scores 200 others.
    The candidate never sees an acceleration. What it gathers during the fit is lost before it is scored,
    since that happens in new processes.

    The objective ``log_nmse`` is the decimal logarithm of the mean squared error over the variance of
    the accelerations: 0 for a constant at their mean, -12, the floor, for the law itself.

    Parameters
    ----------
    law
        The number of the hidden law.

    Notes
    -----
    Measures are ``tree_size``, the statements and expressions in the program, docstrings left out, and
    ``constants_used``, how many of the ten the predictions depend on. The error beyond the range of the
    training states is in the artifact ``held_out`` and nowhere else, so that no search is steered by it.
    """

    def __init__(self, law: int = 0) -> None:
        self.law = law
        self._train, self._test, self._outside = (draw_points(law, s) for s in (TRAIN, TEST, OUTSIDE))
        rng = np.random.default_rng([law, _STARTING])
        self._starts = [np.ones(CONSTANTS), *rng.uniform(-1.5, 1.5, (_STARTS - 1, CONSTANTS))]

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for predictions that are not numbers, one for each state."""
        train = self._train

        def residuals(constants: list[FloatArray]) -> list[FloatArray | Invalid]:
            answers = trial.map("equation", [(train.x, train.v, train.t, c) for c in constants])
            return [_residual(answer, train) for answer in answers]

        found = fit(residuals, self._starts)
        answers = trial.map(
            "equation",
            [(points.x, points.v, points.t, found.constants) for points in (self._test, self._outside)],
            fresh=True,
        )
        test = _log_nmse(_predictions(answers[0]), self._test)
        outside = _log_nmse(_predictions(answers[1]), self._outside)
        return Score(
            objectives={"log_nmse": test},
            measures={
                "tree_size": sum(tree_size(text) for text in trial.genome.values()),
                "constants_used": found.constants_used,
            },
            feedback=self._feedback(test, found.constants, found.residual),
            artifacts={"held_out": f"outside the range of the training states: log_nmse {outside:.4f}"},
        )

    def _feedback(self, test: float, constants: FloatArray, residual: FloatArray) -> str:
        train = self._train
        within = _log_nmse(train.acceleration + residual, train)
        lines = [
            f"log10 of the normalised error: {within:.4f} on the states fitted to, {test:.4f} on others",
            "fitted constants: " + ", ".join(f"{c:.6g}" for c in constants),
            "largest errors of the fit:",
        ]
        for i in np.argsort(-np.abs(residual), kind="stable")[:_SHOWN]:
            state = f"x={train.x[i]:.4f} v={train.v[i]:.4f} t={train.t[i]:.4f}"
            lines.append(
                f"  {state}: {train.acceleration[i] + residual[i]:.4f} for {train.acceleration[i]:.4f}"
            )
        return "\n".join(lines)


def tree_size(source: str) -> int:
    """Count the statements and expressions of a program, docstrings left out. Raises `Invalid`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Invalid("the program is nested too deeply to be measured") from None
    nodes = list(ast.walk(tree))
    texts = [n for n in nodes if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)]
    return sum(isinstance(node, (ast.stmt, ast.expr)) for node in nodes) - 2 * len(texts)


def _predictions(answer: object) -> FloatArray:
    # The bound keeps squares and sums of predictions from overflowing.
    return array(answer, "equation(x, v, t, params)", (_POINTS,), -1e100, 1e100)


def _residual(answer: object, points: Points) -> FloatArray | Invalid:
    try:
        return _predictions(answer) - points.acceleration
    except Invalid as failure:
        return failure


def _log_nmse(predictions: FloatArray, points: Points) -> float:
    error = float(np.mean((predictions - points.acceleration) ** 2) / points.acceleration.var())
    return math.log10(min(max(error, NMSE_FLOOR), NMSE_CEILING))
