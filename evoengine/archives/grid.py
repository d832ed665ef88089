from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite, prod

import numpy as np
from numpy.typing import ArrayLike

from evoengine.archives.axes import Axis, make_axis
from evoengine.archives.statistics import coverage, fitness_of, qd_score, summary
from evoengine.archives.views import ReadOnly
from evoengine.types import Candidate, Cell, Evaluation, Known, Measure, Verdict


class GridArchive:
    """A grid over the measures that keeps the fittest candidate of each cell.

    This is the archive of MAP-Elites (Mouret and Clune 2015, "Illuminating search spaces by mapping
    elites", figure 1). Only occupied cells take memory. The earliest of equally fit candidates keeps the cell. Without
    measures there is one cell, ``()``, and the archive is a hill climber's.

    Parameters
    ----------
    measures
        The axes, in the order of a cell's indices. `ValueError` names the one that is wrong.
    offset
        What the QD score subtracts from each fitness: a fitness that no valid candidate falls below.
    """

    def __init__(self, measures: Sequence[Measure], *, offset: float = 0.0) -> None:
        if not isfinite(offset):
            raise ValueError(f"the offset must be finite, not {offset}")
        self.axes: tuple[Axis, ...] = tuple(make_axis(measure) for measure in measures)
        names = [axis.name for axis in self.axes]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"measure {name!r} is given more than once")
        self.offset = offset
        self.total_cells = prod(axis.bins for axis in self.axes)
        self._positions: dict[Cell, int] = {}
        self._occupied: list[Cell] = []
        self._elites: list[Known] = []
        self._best: Known | None = None
        self._clipped = 0

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Judge a candidate against the elite of its cell, in constant time.

        A candidate whose digest is the elite's is a ``duplicate``, whatever its fitness. The gain is
        the increase of the QD score: fitness - offset (at least 0) in a new cell, else the difference.

        Raises
        ------
        ValueError
            An ``ok`` evaluation without a finite fitness or without a bin on each axis; nothing changes.
        """
        if not evaluation.ok:
            return Verdict("rejected")
        fitness = fitness_of(evaluation)
        cell, clipped = self._locate(evaluation)
        self._clipped += clipped
        position = self._positions.get(cell)
        if position is None:
            self._admit(position, cell, Known(candidate, evaluation), fitness)
            return Verdict("new", max(0.0, fitness - self.offset), cell)
        elite = self._elites[position]
        if elite.candidate.digest == candidate.digest:
            return Verdict("duplicate", 0.0, cell)
        beaten = fitness_of(elite.evaluation)
        if fitness <= beaten:
            return Verdict("rejected", 0.0, cell)
        self._admit(position, cell, Known(candidate, evaluation), fitness)
        return Verdict("improved", fitness - beaten, cell, None, (elite.candidate.id,))

    def replay(
        self, fitness: ArrayLike, measures: Mapping[str, ArrayLike], known: Callable[[int], Known]
    ) -> None:
        """Insert many valid evaluations, given as columns, to the same end as inserting row after row.

        Parameters
        ----------
        fitness
            Shape ``(n,)``.
        measures
            One column of shape ``(n,)`` for each axis, by name: numbers or categories.
        known
            Gives the candidate and evaluation of a row. It is called only for rows that are elites in
            the end. Rows of one digest have one fitness, as in a log, where a duplicate reuses its
            evaluation.

        Raises
        ------
        ValueError
            A value is not finite or has no bin, or the columns differ in length; nothing changes.
        """
        values = np.asarray(fitness, np.float64)
        bins, clipped = self._locate_columns(values, measures)
        if not len(values):
            return
        self._clipped += clipped
        # Stable, so that the first row of each group is the fittest of its cell, and of equals the earliest.
        order = np.lexsort((-values, *bins))
        ordered = bins[:, order]
        changes = (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)
        starts = np.flatnonzero(np.concatenate(([True], changes)))
        rows = order[starts]
        rows = rows[np.argsort(np.minimum.reduceat(order, starts))]
        cells = zip(*bins[:, rows].tolist(), strict=True) if self.axes else [()]
        for cell, row, value in zip(cells, rows.tolist(), values[rows].tolist(), strict=True):
            position = self._positions.get(cell)
            if position is None or value > fitness_of(self._elites[position].evaluation):
                self._place(position, cell, known(row))
        top = int(np.argmax(values))
        if self._best is None or values[top] > fitness_of(self._best.evaluation):
            self._best = self.at(tuple(bins[:, top].tolist()))

    def at(self, cell: Cell) -> Known | None:
        """Give the elite of a cell, or None."""
        position = self._positions.get(cell)
        return None if position is None else self._elites[position]

    def cell_of(self, evaluation: Evaluation) -> Cell:
        """Give the cell that an evaluation falls into. Raises `ValueError` as `insert` does."""
        return self._locate(evaluation)[0]

    @property
    def occupied(self) -> Sequence[Cell]:
        """The cells that hold an elite, in order of first occupation, as a live view."""
        return ReadOnly(self._occupied)

    def elites(self) -> Sequence[Known]:
        """Give the elites, in the order of `occupied`, as a live view."""
        return ReadOnly(self._elites)

    def best(self) -> Known | None:
        """Give the fittest candidate, the earliest of equals; None while the grid is empty."""
        return self._best

    def stats(self) -> Mapping[str, float]:
        """Give the figures, bitwise equal for equal elites, in time linear in their number.

        ``num_elites``, ``coverage`` (share of the cells), ``qd_score``, ``norm_qd_score`` (the QD score
        over the number of cells), ``clipped`` (values out of range, over every evaluation inserted),
        and once there is an elite ``best`` and ``mean`` (fitness, higher is better).
        """
        score = qd_score(self._elites, self.offset)
        return {
            **summary(self._elites, self._best),
            "coverage": coverage(len(self._elites), self.total_cells),
            "qd_score": score,
            "norm_qd_score": score / self.total_cells,
            "clipped": self._clipped,
        }

    def __len__(self) -> int:
        return len(self._elites)

    def __iter__(self) -> Iterator[Known]:
        return iter(self._elites)

    def _admit(self, position: int | None, cell: Cell, known: Known, fitness: float) -> None:
        self._place(position, cell, known)
        if self._best is None or fitness > fitness_of(self._best.evaluation):
            self._best = known

    def _place(self, position: int | None, cell: Cell, known: Known) -> None:
        if position is None:
            self._positions[cell] = len(self._elites)
            self._occupied.append(cell)
            self._elites.append(known)
        else:
            self._elites[position] = known

    def _locate(self, evaluation: Evaluation) -> tuple[Cell, int]:
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

    def _locate_columns(
        self, fitness: np.ndarray, measures: Mapping[str, ArrayLike]
    ) -> tuple[np.ndarray, int]:
        if fitness.ndim != 1 or not np.isfinite(fitness).all():
            raise ValueError("the fitness must be one column of finite numbers")
        # The narrowest integers: 16-bit ones are sorted by radix.
        kind = np.min_scalar_type(max((axis.bins - 1 for axis in self.axes), default=0))
        table = np.empty((len(self.axes), len(fitness)), kind)
        clipped = 0
        for row, axis in zip(table, self.axes, strict=True):
            if axis.name not in measures:
                raise ValueError(f"the measure {axis.name!r} has no column")
            bins, outside = axis.locate_all(measures[axis.name])
            if bins.shape != fitness.shape:
                raise ValueError(f"the column of measure {axis.name!r} is not as long as the fitness")
            row[:] = bins
            clipped += outside
        return table, clipped
