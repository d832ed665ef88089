"""Axes of a grid: from the value of a measure to its bin."""

from bisect import bisect_right
from collections.abc import Sequence
from math import isfinite
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evoengine.problem import Measure

Bins: TypeAlias = NDArray[np.integer]


class Axis(Protocol):
    """One measure, cut into bins."""

    @property
    def name(self) -> str:
        """The measure's name."""
        ...

    @property
    def bins(self) -> int:
        """How many bins there are, at least one."""
        ...

    def locate(self, value: float | str) -> tuple[int, bool]:
        """Give the bin of a value, in [0, bins), and whether the value had to be clipped to get there.

        Raises `ValueError`, naming the measure, for a value that has no bin.
        """
        ...

    def locate_all(self, values: ArrayLike) -> tuple[Bins, int]:
        """Give the bins of a column of values, shape ``(n,)``, and how many of them were clipped."""
        ...


class NumericAxis:
    """Bins between ascending edges; the range is closed at both ends.

    Bin ``i`` is ``[edges[i], edges[i + 1])``, the last one with its upper end. A value outside the range
    is clipped to the outer bin. The published edges alone decide: there is no tolerance and no rescaling.

    Parameters
    ----------
    name
        The measure's name.
    edges
        At least two, finite and strictly ascending, or else `ValueError`.
    """

    __slots__ = ("_inner", "edges", "name")

    def __init__(self, name: str, edges: Sequence[float]) -> None:
        self.name = name
        self.edges = tuple(float(edge) for edge in edges)
        # Without the two ends, a binary search clips by itself, with no cast that could overflow.
        self._inner = self.edges[1:-1]
        steps = zip(self.edges, self.edges[1:], strict=False)
        if len(self.edges) < 2 or not all(map(isfinite, self.edges)) or any(a >= b for a, b in steps):
            raise ValueError(
                f"measure {name!r}: the edges must be two or more finite numbers, strictly ascending; "
                "widen the range or take fewer bins"
            )

    @property
    def bins(self) -> int:
        """How many bins there are."""
        return len(self.edges) - 1

    def locate(self, value: float | str) -> tuple[int, bool]:
        """Give the bin of a finite number, and whether it lay outside the range."""
        if isinstance(value, str) or not isfinite(value):
            raise ValueError(f"measure {self.name!r} is {value!r}, not a finite number")
        return bisect_right(self._inner, value), not self.edges[0] <= value <= self.edges[-1]

    def locate_all(self, values: ArrayLike) -> tuple[Bins, int]:
        """Give the bins of a column of finite numbers, and how many of them lay outside the range."""
        column = np.asarray(values, np.float64)
        if not np.isfinite(column).all():
            raise ValueError(f"measure {self.name!r} has a value that is not a finite number")
        outside = (column < self.edges[0]) | (column > self.edges[-1])
        return np.searchsorted(self._inner, column, side="right"), int(np.count_nonzero(outside))


class CategoryAxis:
    """One bin a category, in the order given.

    Parameters
    ----------
    name
        The measure's name.
    categories
        At least one, all different, or else `ValueError`.
    """

    __slots__ = ("_bins", "categories", "name")

    def __init__(self, name: str, categories: Sequence[str]) -> None:
        self.name = name
        self.categories = tuple(categories)
        self._bins = {category: i for i, category in enumerate(self.categories)}
        if not self.categories or len(self._bins) != len(self.categories):
            raise ValueError(f"measure {name!r}: the categories must be one or more, all different")

    @property
    def bins(self) -> int:
        """How many categories there are."""
        return len(self.categories)

    def locate(self, value: float | str) -> tuple[int, bool]:
        """Give the bin of a category; nothing is ever clipped."""
        if not isinstance(value, str) or value not in self._bins:
            raise ValueError(f"measure {self.name!r} is {value!r}, not one of {', '.join(self.categories)}")
        return self._bins[value], False

    def locate_all(self, values: ArrayLike) -> tuple[Bins, int]:
        """Give the bins of a column of categories; nothing is ever clipped."""
        column = np.asarray(values).tolist()
        return np.array([self.locate(value)[0] for value in column], np.intp), 0


def make_axis(measure: Measure) -> Axis:
    """Make the axis of a measure: uniform bins, explicit edges or categories.

    Uniform bins have the edges ``numpy.linspace(low, high, bins + 1)``. Raises `ValueError`, naming the
    measure, unless exactly one of the three is given, or when a range is empty, inverted, infinite or
    too narrow for its bins.
    """
    if bool(measure.bins) + bool(measure.edges) + bool(measure.categories) != 1:
        raise ValueError(f"measure {measure.name!r}: give exactly one of bins, edges and categories")
    if measure.categories:
        return CategoryAxis(measure.name, measure.categories)
    if measure.edges:
        return NumericAxis(measure.name, measure.edges)
    if measure.bins < 1:
        raise ValueError(f"measure {measure.name!r}: bins must be at least 1, not {measure.bins}")
    if not (isfinite(measure.high - measure.low) and measure.low < measure.high):
        raise ValueError(
            f"measure {measure.name!r}: low ({measure.low}) must be below high ({measure.high}), both finite"
        )
    return NumericAxis(measure.name, np.linspace(measure.low, measure.high, measure.bins + 1).tolist())
