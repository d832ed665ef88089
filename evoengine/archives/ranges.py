from collections.abc import Mapping, Sequence
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evoengine.archives.binning import column_of, require_different
from evoengine.problem import Measure
from evoengine.types import Evaluation

Floats = NDArray[np.float64]


def range_of(measure: Measure) -> tuple[float, float]:
    """Give the range of a numeric measure. Raises `ValueError` for an empty or infinite one, or for categories."""
    if measure.categories:
        raise ValueError(f"measure {measure.name!r} has categories, and no distances between them")
    low, high = (measure.edges[0], measure.edges[-1]) if measure.edges else (measure.low, measure.high)
    if not (isfinite(high - low) and low < high):
        raise ValueError(f"measure {measure.name!r}: low ({low}) must be below high ({high}), both finite")
    return low, high


class Ranges:
    """Numeric measures, clipped to their ranges and scaled to [0, 1], so that distances have no unit.

    Parameters
    ----------
    measures
        One or more, with a range each; bins do not matter.
    """

    def __init__(self, measures: Sequence[Measure]) -> None:
        if not measures:
            raise ValueError("distances need at least one measure")
        self.names = tuple(measure.name for measure in measures)
        require_different(self.names)
        self._ranges = [range_of(measure) for measure in measures]

    def rescale(self, points: Floats) -> Floats:
        """Scale points, shape ``(n, measures)``, without clipping."""
        low, high = np.array(self._ranges).T
        return (points - low) / (high - low)

    def scale(self, evaluation: Evaluation) -> tuple[Floats, int]:
        """Give the scaled values, shape ``(measures,)``, and how many had to be clipped.

        Raises `ValueError`, naming the measure, for a value that is missing, not finite or no number.
        """
        row: list[float] = []
        clipped = 0
        for name, (low, high) in zip(self.names, self._ranges, strict=True):
            value = evaluation.measures.get(name)
            if value is None:
                raise ValueError(f"candidate {evaluation.candidate!r} lacks the measure {name!r}")
            if isinstance(value, str) or not isfinite(value):
                raise ValueError(f"measure {name!r} is {value!r}, not a finite number")
            clipped += not low <= value <= high
            row.append((min(max(value, low), high) - low) / (high - low))
        return np.array(row), clipped

    def scale_all(self, measures: Mapping[str, ArrayLike], count: int) -> tuple[Floats, int]:
        """Scale columns of values, given by name: shape ``(count, measures)``."""
        table = np.empty((count, len(self.names)))
        clipped = 0
        for i, (name, (low, high)) in enumerate(zip(self.names, self._ranges, strict=True)):
            column = np.asarray(column_of(measures, name, count), np.float64)
            if not np.isfinite(column).all():
                raise ValueError(f"measure {name!r} has a value that is not a finite number")
            clipped += int(np.count_nonzero((column < low) | (column > high)))
            table[:, i] = (np.clip(column, low, high) - low) / (high - low)
        return table, clipped
