from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray


class Rows:
    """A table that grows by rows, in amortised constant time each; its order is the user's.

    Parameters
    ----------
    width
        The number of columns.
    dtype
        Of every entry.
    """

    __slots__ = ("_count", "_data")

    def __init__(self, width: int, dtype: DTypeLike = np.float64) -> None:
        self._data: NDArray[Any] = np.empty((8, width), dtype)
        self._count = 0

    @property
    def view(self) -> NDArray[Any]:
        """The rows, shape ``(n, width)``, to read and write in place; valid until the next change."""
        return self._data[: self._count]

    def append(self, row: ArrayLike) -> None:
        """Add a row at the end."""
        if self._count == len(self._data):
            # Memory that is not touched costs nothing: the new half is left as it comes.
            grown = np.empty((2 * self._count, *self._data.shape[1:]), self._data.dtype)
            grown[: self._count] = self._data
            self._data = grown
        self._data[self._count] = row
        self._count += 1

    def remove(self, place: int) -> None:
        """Remove a row; the last one takes its place."""
        self._count -= 1
        self._data[place] = self._data[self._count]
