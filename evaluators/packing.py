"""Packing circles into the unit square, judged in exact arithmetic."""

import math
from typing import Any

import numpy as np

from evaluators.exact import to_integers
from evaluators.gates import FloatArray, array
from evoengine.evaluation import Invalid, Score, Trial

OVERLAP_LIMIT = 1e-6
"""An overlap, or a part outside the square, beyond this length is a mistake and no rounding error."""

_CLEAR = 1e-12
"""A gap that is wider than this in floats is one in exact arithmetic too: the error of a distance
between two points of the unit square, minus two radii, stays below 1e-15."""

_TOUCHING = 1e-6
"""A gap below this counts as a contact in the feedback and in no score."""


class UnitSquare:
    """Scores circles in the unit square by the sum of their radii; higher is better.

    The candidate's ``pack(circles)`` gives a row (x, y, radius) for each circle.

    Every float is taken for the exact rational number that it is, and a packing is valid if all
    circles lie in [0, 1]^2 and no two overlap, with **zero tolerance**. Honest programs miss that by
    a rounding error, so all radii are first multiplied by one common factor <= 1, as large as floats
    allow, that makes the packing strictly valid. That packing is the one that is verified, scored and
    kept, so nobody gains by a tolerance. An overlap of more than `OVERLAP_LIMIT` is refused.

    Parameters
    ----------
    circles
        How many are asked for; no more and no fewer are accepted.

    Notes
    -----
    Measures are ``radius_spread``, the standard deviation of the radii, and ``center_distance``, the
    mean distance of the centres from the middle of the square. The artifact ``packing`` holds the
    scored packing, a line ``x y radius`` each, in digits that read back to the same floats.
    """

    def __init__(self, circles: int = 26) -> None:
        self.circles = circles
        self._first, self._second = np.triu_indices(circles, 1)

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for data that is no packing."""
        return self.judge(trial.call("pack", self.circles), "pack(...)")

    def judge(self, packing: Any, what: str) -> Score:
        """Score data that are called `what`. Raises `Invalid` for data that are no packing."""
        rows = array(packing, what, (self.circles, 3), 0.0, 1.0)
        centers, radii = rows[:, :2].copy(), rows[:, 2].copy()
        self._require_near_valid(centers, radii)
        radii, factor = self._shrink(centers, radii)
        total = math.fsum(radii)
        circles: list[list[float]] = np.column_stack([centers, radii]).tolist()
        return Score(
            objectives={"sum_of_radii": total},
            measures={
                "radius_spread": float(radii.std()),
                "center_distance": float(np.hypot(*(centers - 0.5).T).mean()),
            },
            feedback=self._feedback(centers, radii, total, factor),
            artifacts={"packing": "\n".join(f"{x!r} {y!r} {r!r}" for x, y, r in circles)},
            exact=True,
        )

    def _gaps(self, centers: FloatArray, radii: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the gap between each pair of circles, and between each circle and its nearest wall."""
        apart = np.hypot(*(centers[self._first] - centers[self._second]).T)
        return apart - (radii[self._first] + radii[self._second]), _room(centers) - radii

    def _require_near_valid(self, centers: FloatArray, radii: FloatArray) -> None:
        between, walls = self._gaps(centers, radii)
        faults = [
            f"circles {self._first[k]} and {self._second[k]} overlap by {-between[k]:.3g}"
            for k in np.flatnonzero(between < -OVERLAP_LIMIT)
        ] + [
            f"circle {i} sticks out of the square by {-walls[i]:.3g}"
            for i in np.flatnonzero(walls < -OVERLAP_LIMIT)
        ]
        if faults:
            more = f"\nand {len(faults) - 10} more" if len(faults) > 10 else ""
            raise Invalid("\n".join(faults[:10]) + more)

    def _shrink(self, centers: FloatArray, radii: FloatArray) -> tuple[FloatArray, float]:
        """Give radii that are strictly valid, and the common factor that was needed for it."""
        if self._is_valid(centers, radii):
            return radii, 1.0
        sums = radii[self._first] + radii[self._second]
        between, walls = self._gaps(centers, radii)
        close, out = between < 0.0, walls < 0.0
        ratios = (between + sums)[close] / sums[close], _room(centers)[out] / radii[out]
        factor = float(np.concatenate(ratios).min(initial=1.0))
        # The factor itself is rounded, as is every product: a few units in the last place settle it.
        step = np.finfo(np.float64).eps
        while not self._is_valid(centers, radii * (factor * (1.0 - step))):
            step *= 2.0
        factor *= 1.0 - float(step)
        return radii * factor, factor

    def _is_valid(self, centers: FloatArray, radii: FloatArray) -> bool:
        """Decide in exact arithmetic whether the packing is valid, with zero tolerance."""
        # 1 - x is exact for x >= 1/2 (Sterbenz), and for x < 1/2 the wall at 0 is the nearer one.
        if not (radii <= _room(centers)).all():
            return False
        close = np.flatnonzero(self._gaps(centers, radii)[0] <= _CLEAR)
        rows = to_integers(np.column_stack([centers, radii]))
        pairs: list[list[int]] = np.column_stack([self._first, self._second])[close].tolist()
        return all(_are_apart(rows[i], rows[j]) for i, j in pairs)

    def _feedback(self, centers: FloatArray, radii: FloatArray, total: float, factor: float) -> str:
        between, walls = self._gaps(centers, radii)
        contacts = int((between < _TOUCHING).sum())
        touched = walls < _TOUCHING
        touched[self._first[between < _TOUCHING]] = True
        touched[self._second[between < _TOUCHING]] = True
        lines = [
            f"sum of radii {total!r} of {self.circles} circles, verified in exact arithmetic",
            f"radii from {radii.min():.4f} to {radii.max():.4f}, area covered {math.pi * (radii @ radii):.3f}",
            f"{contacts} pairs touch, {int((walls < _TOUCHING).sum())} circles touch a wall",
        ]
        if not touched.all():
            free = ", ".join(map(str, np.flatnonzero(~touched)))
            lines.append(f"circles that touch nothing and could grow: {free}")
        if factor < 1.0:
            lines.append(f"all radii were shrunk by {1.0 - factor:.2g} (relative) to remove overlaps")
        return "\n".join(lines)


def _room(centers: FloatArray) -> FloatArray:
    """Give the distance of each centre to the nearest wall."""
    return np.minimum(centers, 1.0 - centers).min(axis=1)


def _are_apart(one: list[int], other: list[int]) -> bool:
    """Decide whether two circles (x, y, radius) do not overlap; contact is no overlap."""
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 >= (one[2] + other[2]) ** 2
