"""Fitting constants by damped least squares, where the function is a candidate's and may fail anywhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from evaluators.gates import FloatArray
from evoengine.evaluation import Invalid

Residuals: TypeAlias = Callable[[list[FloatArray]], list[FloatArray | Invalid]]
"""Residuals, each of shape (n,), for several sets of constants, each of shape (k,); a set may fail."""

_ITERATIONS = 25
_DIFFERENCE = 1e-6
"""Relative step of the forward differences."""
_DAMPINGS = np.array([1e-12, 1e-8, 1e-5, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0])
"""Tried side by side; the Jacobian's columns are scaled to length 1 before."""
_LEAST_GAIN = 1e-6
"""A relative gain in the sum of squares below this ends a descent, and makes no start the better one."""
_NEGLIGIBLE = 1e-24
"""A mean square below this does so too."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The best constants found, shape (k,), their residual, shape (n,), and how many of them matter."""

    constants: FloatArray
    residual: FloatArray
    constants_used: int


def fit(residuals: Residuals, starts: Sequence[FloatArray]) -> Fit:
    """Minimise the sum of squared residuals from each start and give the best, the first of equals.

    Levenberg-Marquardt (Marquardt 1963) with a Jacobian of forward differences. In place of adapting the
    damping step by step, an iteration tries a range of dampings at once and takes the best: two
    round trips each. Deterministic.

    Raises
    ------
    Invalid
        The residuals fail at every start; the reason is that of the last.
    """
    best: Fit | None = None
    failure = Invalid("there is nothing to start from")
    for start in starts:
        first = residuals([start])[0]
        if isinstance(first, Invalid):
            failure = first
            continue
        found = _descend(residuals, start, first)
        # Rounding must not decide between starts that lead to the same place.
        if best is None or _square(found.residual) < _square(best.residual) * (1.0 - _LEAST_GAIN):
            best = found
    if best is None:
        raise failure
    return best


def _descend(residuals: Residuals, constants: FloatArray, residual: FloatArray) -> Fit:
    used = 0
    for _ in range(_ITERATIONS):
        jacobian = _jacobian(residuals, constants, residual)
        if jacobian is None:
            break
        used = int(np.any(jacobian != 0.0, axis=0).sum())
        trials = [constants + step for step in _steps(jacobian, residual)]
        answers = residuals(trials)
        squares = [np.inf if isinstance(answer, Invalid) else _square(answer) for answer in answers]
        least = int(np.argmin(squares))
        before, answer = _square(residual), answers[least]
        if isinstance(answer, Invalid) or squares[least] >= before:
            break
        constants, residual = trials[least], answer
        if squares[least] > before * (1.0 - _LEAST_GAIN) or squares[least] < _NEGLIGIBLE * residual.size:
            break
    return Fit(constants, residual, used)


def _jacobian(residuals: Residuals, constants: FloatArray, residual: FloatArray) -> FloatArray | None:
    """Give the derivatives, shape (n, k), or None where a neighbour fails."""
    widths = _DIFFERENCE * np.maximum(1.0, np.abs(constants))
    answers = residuals(list(constants + np.diag(widths)))
    columns = [
        (answer - residual) / width
        for answer, width in zip(answers, widths, strict=True)
        if not isinstance(answer, Invalid)
    ]
    return np.column_stack(columns) if len(columns) == len(constants) else None


def _steps(jacobian: FloatArray, residual: FloatArray) -> list[FloatArray]:
    """Give the damped Gauss-Newton step for each damping, from one singular value decomposition."""
    scale = np.sqrt(np.sum(jacobian**2, axis=0))
    scale[scale == 0.0] = 1.0
    u, s, vt = np.linalg.svd(jacobian / scale, full_matrices=False)
    projected = u.T @ residual
    return [-(vt.T @ (s / (s * s + damping) * projected)) / scale for damping in _DAMPINGS]


def _square(residual: FloatArray) -> float:
    return float(residual @ residual)
