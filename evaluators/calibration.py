"""From a judge's ratings to the scores that people gave: a regression on a small labelled set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Calibration:
    """A linear map from ratings to scores, with what it is worth on texts that it was not fitted to.

    After Sahoo et al. 2025, "Quantitative LLM judges", section 3, least-squares judge (recalled, not
    re-checked): a frozen judge's output is regressed on human scores.

    Attributes
    ----------
    weights
        One for each rating, then the constant.
    held_out_error
        Root mean square error of each label when it is predicted without itself (leave-one-out), in the unit
        of the labels.
    constant_error
        The same of the mean of the other labels: a judge that does not beat it says nothing.
    """

    weights: tuple[float, ...]
    held_out_error: float
    constant_error: float

    @property
    def useful(self) -> bool:
        """Whether the judge predicts labels that it was not fitted to better than their mean does."""
        return self.held_out_error < self.constant_error

    def score(self, ratings: Sequence[float]) -> float:
        """Give the score that people would give. Raises `ValueError` for another number of ratings."""
        return sum(w * r for w, r in zip(self.weights, (*ratings, 1.0), strict=True))


def calibrate(
    ratings: Sequence[Sequence[float]], labels: Sequence[float], *, ridge: float = 1e-3
) -> Calibration:
    """Fit a calibration to labelled texts by ridge regression; the constant is not shrunk.

    Leave-one-out residuals are exact and need no second fit: e_i / (1 - h_ii), with h the hat matrix (Allen
    1974, "The relationship between variable selection and data augmentation and a method for prediction").

    Parameters
    ----------
    ratings
        Shape ``(n, d)``, a row of aspects for each text; n at least 3.
    labels
        Shape ``(n,)``, what people said, higher is better.
    ridge
        Per text; keeps the weights finite where ratings agree.

    Raises
    ------
    ValueError
        Too few texts, or rows and labels that do not fit together.
    """
    x, y = np.asarray(ratings, np.float64), np.asarray(labels, np.float64)
    if x.ndim != 2 or y.shape != (len(x),) or len(x) < 3:
        raise ValueError(
            f"ratings (n, d) and labels (n,) with n at least 3 are needed, not {x.shape} and {y.shape}"
        )
    design = np.column_stack((x, np.ones(len(x))))
    penalty = np.diag([ridge * len(x)] * x.shape[1] + [0.0])
    solve = np.linalg.solve(design.T @ design + penalty, design.T)
    leverage = np.einsum("ij,ji->i", design, solve)
    weights = solve @ y
    residuals = (y - design @ weights) / (1.0 - leverage)
    constant = (y - y.mean()) * len(y) / (len(y) - 1)
    return Calibration(tuple(weights.tolist()), _rms(residuals), _rms(constant))


def _rms(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(np.sqrt(np.mean(values**2)))
