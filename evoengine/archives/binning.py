"""From the measures of an evaluation to its cell."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from evoengine.archives.axes import Axis, Bins, make_axis
from evoengine.problem import Measure
from evoengine.types import Cell, Evaluation


class Binning(Protocol):
    """A way to cut the space of the measures into cells."""

    @property
    def total_cells(self) -> int:
        """How many cells there are."""
        ...

    def locate(self, evaluation: Evaluation) -> tuple[Cell, int]:
        """Give the cell of an evaluation, and how many of its values had to be clipped.

        Raises `ValueError`, naming the measure, for a value that is missing or has no cell.
        """
        ...

    def locate_all(self, measures: Mapping[str, ArrayLike], count: int) -> tuple[Bins, int]:
        """Give the cells of `count` evaluations, given as columns by name, and how many values were clipped.

        The cells have the shape ``(indices of a cell, count)``. Raises `ValueError`, naming the measure.
        """
        ...


class GridBinning:
    """Cells between the bins of axes, one for each measure.

    Parameters
    ----------
    measures
        The axes, in the order of a cell's indices. `ValueError` names the one that is wrong.
    """

    def __init__(self, measures: Sequence[Measure]) -> None:
        self.axes: tuple[Axis, ...] = tuple(make_axis(measure) for measure in measures)
        require_different([axis.name for axis in self.axes])
        self.total_cells = prod(axis.bins for axis in self.axes)

    def locate(self, evaluation: Evaluation) -> tuple[Cell, int]:
        """Give the bin of each measure."""
        cell: list[int] = []
        clipped = 0
        measures = evaluation.measures
        for axis in self.axes:
            if axis.name not in measures:
                raise ValueError(f"candidate {evaluation.candidate!r} lacks the measure {axis.name!r}")
            index, outside = axis.locate(measures[axis.name])
            cell.append(index)
            clipped += outside
        return tuple(cell), clipped

    def locate_all(self, measures: Mapping[str, ArrayLike], count: int) -> tuple[Bins, int]:
        """Give the bins of each measure's column."""
        # The narrowest integers: 16-bit ones are sorted by radix.
        kind = np.min_scalar_type(max((axis.bins - 1 for axis in self.axes), default=0))
        table = np.empty((len(self.axes), count), kind)
        clipped = 0
        for row, axis in zip(table, self.axes, strict=True):
            bins, outside = axis.locate_all(column_of(measures, axis.name, count))
            row[:] = bins
            clipped += outside
        return table, clipped


def require_different(names: Sequence[str]) -> None:
    """Raise `ValueError` for a measure that is named twice."""
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"measure {name!r} is given more than once")


def column_of(measures: Mapping[str, ArrayLike], name: str, count: int) -> ArrayLike:
    """Give a measure's column. Raises `ValueError` where it is missing, or not as long as the fitness."""
    if name not in measures:
        raise ValueError(f"the measure {name!r} has no column")
    if np.shape(measures[name]) != (count,):
        raise ValueError(f"the column of measure {name!r} is not as long as the fitness")
    return measures[name]
