from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evoengine.selection.drawing import Floats, distinct, require

Item = TypeVar("Item")


def crowded_tournament(
    items: Sequence[Item], ranks: NDArray[np.integer], crowding: Floats, rng: np.random.Generator
) -> Item:
    """Choose the better of two distinct ones drawn uniformly: of lower rank, else less crowded, else the earlier.

    The crowded-comparison operator of NSGA-II (Deb, Pratap, Agarwal and Meyarivan 2002, section III-B).
    `ranks` and `crowding` are an archive's (`archives.RankedPopulation`), shape ``(len(items),)``.
    """
    require(items)
    return items[min(sorted(distinct(len(items), 2, rng)), key=lambda i: (ranks[i], -crowding[i]))]


def foremost(items: Sequence[Item], ranks: NDArray[np.integer], crowding: Floats, n: int) -> list[Item]:
    """Give the `n` first in the order of `crowded_tournament`, or all there are where there are fewer."""
    order: list[int] = np.lexsort((-crowding, ranks)).tolist()
    return [items[i] for i in order[:n]]
