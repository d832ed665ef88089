"""What two operators wait for: a candidate to repair, and a cell to aim at."""

from collections.abc import Mapping

import numpy as np

from evoengine.archives import GridArchive, Islands
from evoengine.ports import Archive
from evoengine.types import Candidate, Cell, Evaluation, Known

MOST_FAILED = 20
"""So many of the latest failed candidates may be repaired."""

_NOT_BROKEN = frozenset({"ok", "pruned", "sandbox_failure", "evaluator_error"})
"""Statuses with which nothing in the candidate is to be mended."""


class Failed:
    """The latest candidates that failed and that no repair was tried on: a fold over the log."""

    def __init__(self) -> None:
        self._failed: dict[str, None] = {}

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> None:
        """Fold in a told candidate."""
        if evaluation.status in _NOT_BROKEN:
            return
        self._failed[candidate.id] = None
        if len(self._failed) > MOST_FAILED:
            del self._failed[next(iter(self._failed))]

    def tried(self, candidate: str) -> None:
        """Fold in that a repair of a candidate has ended, well or not."""
        self._failed.pop(candidate, None)

    def choose(self, rng: np.random.Generator) -> str:
        """Draw one: proposals in flight would all take the latest."""
        return tuple(self._failed)[int(rng.integers(len(self._failed)))]

    def __len__(self) -> int:
        return len(self._failed)


def grid_of(archive: Archive, island: int) -> GridArchive | None:
    """Give the grid of an island with more than one cell, or None where there is none."""
    own = archive.island(island) if isinstance(archive, Islands) else archive
    return own if isinstance(own, GridArchive) and own.total_cells > 1 else None


def target(grid: GridArchive, parent: Known, rng: np.random.Generator) -> Cell:
    """Give a cell that a parent may reach: an empty one beside its own, or where none is, the weakest of these.

    Beside means one bin away along one axis. Empty cells are drawn from; of equally weak ones the first counts.
    """
    beside = _beside(grid, grid.cell_of(parent.evaluation))
    empty = [cell for cell, fitness in beside.items() if fitness is None]
    if empty:
        return empty[int(rng.integers(len(empty)))]
    return min(beside, key=lambda cell: beside[cell] or 0.0)


def _beside(grid: GridArchive, cell: Cell) -> Mapping[Cell, float | None]:
    """Give the neighbours of a cell with the fitness of their elites."""
    found: dict[Cell, float | None] = {}
    for axis, (index, kind) in enumerate(zip(cell, grid.axes, strict=True)):
        for other in (index - 1, index + 1):
            if 0 <= other < kind.bins:
                neighbour = (*cell[:axis], other, *cell[axis + 1 :])
                elite = grid.at(neighbour)
                found[neighbour] = None if elite is None else elite.evaluation.fitness
    return found
