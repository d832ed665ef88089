from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike

from evoengine.archives.binning import Binning
from evoengine.archives.statistics import (
    best_now,
    confidence_checked,
    coverage,
    fitness_of,
    lower_bound,
    qd_score,
    revised,
    summary,
    total,
)
from evoengine.archives.views import ReadOnly
from evoengine.types import Candidate, Cell, Evaluation, Known, Verdict


class CellArchive:
    """Cells over the measures, in each of which the fittest candidate is the elite.

    Only occupied cells take memory. The earliest of equally fit candidates keeps the cell.

    A copy (equal digest) of a candidate that its cell holds is a ``duplicate``, whatever its fitness, and so
    is one whose evaluation has fewer `repeats` than that of a copy held in any cell. If it has more, it is
    a re-evaluation: it replaces the copy's evaluation, and the copy has to hold its own in the cell of its
    new measures as a newcomer would. The verdict is ``improved`` when it is an elite then and the sum of the elites' worth has risen, by the
    gain, and else ``rejected``.

    Parameters
    ----------
    binning
        The cells.
    offset
        What the QD score subtracts from each fitness: a fitness that no valid candidate falls below.
    depth
        How many candidates a cell keeps, the elite included. The others are its reserves, the fittest that
        did not become or stay its elite: the first takes over when the elite is evaluated again and falls,
        so that one lucky evaluation cannot block a cell for good. `elites` and all figures leave them
        out. Flageul and Cully 2020, "Fast and stable MAP-Elites in noisy domains using deep grids", keep
        as many, but choose parents among all.
    confidence
        Candidates are compared by their worth, which is their `lower_bound` with this z; 0: their (mean) fitness.
    """

    def __init__(
        self, binning: Binning, *, offset: float = 0.0, depth: int = 1, confidence: float = 0.0
    ) -> None:
        if not isfinite(offset):
            raise ValueError(f"the offset must be finite, not {offset}")
        if depth < 1:
            raise ValueError(f"the depth must be at least 1, not {depth}")
        self.binning = binning
        self.offset = offset
        self.depth = depth
        self.confidence = confidence_checked(confidence)
        self.total_cells = binning.total_cells
        self._positions: dict[Cell, int] = {}
        self._occupied: list[Cell] = []
        self._elites: list[Known] = []
        self._reserves: dict[Cell, list[Known]] = {}
        self._homes: dict[str, Cell] = {}
        """The cell that last took in a candidate, by its digest, even if it has left since."""
        self._best: Known | None = None
        self._clipped = 0

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Judge a candidate against the elite of its cell, in constant time.

        The gain is the increase of the elites' worth: that of the newcomer - offset (at least 0) in a new
        cell, else the difference. Only when the best of all is evaluated again and falls does it take time
        linear in the number of elites.

        Raises
        ------
        ValueError
            An ``ok`` evaluation without a finite fitness or without a cell; nothing changes.
        """
        if not evaluation.ok:
            return Verdict("rejected")
        worth = lower_bound(evaluation, self.confidence)
        cell, clipped = self.binning.locate(evaluation)
        self._clipped += clipped
        if candidate.digest in self._homes:
            home, copy = self._copy(candidate.digest, cell)
            repeats = evaluation.repeats if copy is None else copy.evaluation.repeats
            if copy and evaluation.repeats > repeats:
                return self._judge_again(home, copy, evaluation, cell)
            if copy and (home == cell or evaluation.repeats < repeats):
                return Verdict("duplicate", 0.0, cell)
        known = Known(candidate, evaluation)
        verdict = self._judge(known, worth, cell)
        if self._best and self._best.candidate.digest == candidate.digest:  # it may have left its cell
            self._best = best_now(self._best, known, self.confidence, self._elites)
        return verdict

    def replay(
        self, fitness: ArrayLike, measures: Mapping[str, ArrayLike], known: Callable[[int], Known]
    ) -> None:
        """Insert many valid evaluations, given as columns, to the same end as inserting row after row.

        Parameters
        ----------
        fitness
            Shape ``(n,)``.
        measures
            One column of shape ``(n,)`` for each measure, by name: numbers or categories.
        known
            Gives the candidate and evaluation of a row. With `depth` 1 and `confidence` 0 it is called only
            for rows that are elites in the end, and rows of one digest must have one fitness, as in a log
            without re-evaluations, where a duplicate reuses its evaluation.

        Raises
        ------
        ValueError
            A value is not finite or has no cell, or the columns differ in length; nothing changes.
        """
        values = np.asarray(fitness, np.float64)
        if values.ndim != 1 or not np.isfinite(values).all():
            raise ValueError("the fitness must be one column of finite numbers")
        bins, clipped = self.binning.locate_all(measures, len(values))
        if self.depth > 1 or self.confidence:
            for row in range(len(values)):
                told = known(row)
                self.insert(told.candidate, told.evaluation)
        elif len(values):
            self._clipped += clipped
            self._replay(values, bins, known)

    def at(self, cell: Cell) -> Known | None:
        """Give the elite of a cell, or None."""
        position = self._positions.get(cell)
        return None if position is None else self._elites[position]

    def reserves(self, cell: Cell) -> Sequence[Known]:
        """Give the candidates that a cell keeps beside its elite, the fittest first, of equals the earliest."""
        return tuple(self._reserves.get(cell, ()))

    def cell_of(self, evaluation: Evaluation) -> Cell:
        """Give the cell that an evaluation falls into. Raises `ValueError` as `insert` does."""
        return self.binning.locate(evaluation)[0]

    @property
    def occupied(self) -> Sequence[Cell]:
        """The cells that hold an elite, in order of first occupation, as a live view."""
        return ReadOnly(self._occupied)

    def elites(self) -> Sequence[Known]:
        """Give the elites, in the order of `occupied`, as a live view."""
        return ReadOnly(self._elites)

    def best(self) -> Known | None:
        """Give the best candidate, the earliest of equals; None while there is none.

        When it is evaluated again and falls, it is the best of itself and the elites, of equals the first.
        """
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

    def _judge(self, known: Known, worth: float, cell: Cell) -> Verdict:
        position = self._positions.get(cell)
        if position is None:
            self._admit(position, cell, known, worth)
            return Verdict("new", max(0.0, worth - self.offset), cell)
        elite = self._elites[position]
        beaten = lower_bound(elite.evaluation, self.confidence)
        if worth <= beaten:
            if self.depth > 1:
                self._reserve(cell, [*self.reserves(cell), known])
            return Verdict("rejected", 0.0, cell)
        self._admit(position, cell, known, worth)
        if self.depth > 1:
            self._reserve(cell, [elite, *self.reserves(cell)])
        return Verdict("improved", worth - beaten, cell, None, (elite.candidate.id,))

    def _admit(self, position: int | None, cell: Cell, known: Known, worth: float) -> None:
        self._place(position, cell, known)
        if self._best is None or worth > lower_bound(self._best.evaluation, self.confidence):
            self._best = known

    def _place(self, position: int | None, cell: Cell, known: Known) -> None:
        self._homes[known.candidate.digest] = cell
        if position is None:
            self._positions[cell] = len(self._elites)
            self._occupied.append(cell)
            self._elites.append(known)
        else:
            self._elites[position] = known

    def _reserve(self, cell: Cell, candidates: list[Known]) -> None:
        """Keep the fittest of these beside the elite, the earlier of equals first."""
        candidates.sort(key=self._worth, reverse=True)
        self._reserves[cell] = candidates[: self.depth - 1]
        for known in self._reserves[cell]:
            self._homes[known.candidate.digest] = cell

    def _copy(self, digest: str, cell: Cell) -> tuple[Cell, Known | None]:
        """Give the candidate with a digest, and its cell: rather this one than the one that last took it in."""
        for home in (cell, self._homes[digest]):
            elite = self.at(home)
            for known in () if elite is None else (elite, *self.reserves(home)):
                if known.candidate.digest == digest:
                    return home, known
        return cell, None

    def _judge_again(self, home: Cell, copy: Known, evaluation: Evaluation, cell: Cell) -> Verdict:
        """Judge a candidate of the cell `home` with new measures, which put it into another, or the same."""
        known = revised(copy, evaluation)
        cells = dict.fromkeys((home, cell))
        before = [elite for elite in map(self.at, cells) if elite]
        if home == cell and not self.reserves(cell):
            self._elites[self._positions[cell]] = known
        else:
            self._withdraw(home, copy)
            self._judge(known, self._worth(known), cell)
        after = [elite for elite in map(self.at, cells) if elite]
        self._best = best_now(self._best, known, self.confidence, self._elites)
        gain = self._score(after) - self._score(before)
        held = {elite.candidate.id for elite in after}
        evicted = tuple(elite.candidate.id for elite in before if elite.candidate.id not in held)
        if gain > 0.0 and known.candidate.id in held:
            return Verdict("improved", gain, cell, None, evicted)
        return Verdict("rejected", 0.0, cell, None, evicted)

    def _withdraw(self, cell: Cell, known: Known) -> None:
        """Take a candidate out of its cell; its first reserve takes its place, or the last cell that of an empty one."""
        reserves = self._reserves.get(cell, [])
        position = self._positions[cell]
        if self._elites[position] is not known:
            reserves.remove(known)
        elif reserves:
            self._elites[position] = reserves.pop(0)
        else:
            del self._positions[cell]
            last, elite = self._occupied.pop(), self._elites.pop()
            if last != cell:
                self._positions[last] = position
                self._occupied[position], self._elites[position] = last, elite

    def _worth(self, known: Known) -> float:
        return lower_bound(known.evaluation, self.confidence)

    def _score(self, elites: Sequence[Known]) -> float:
        return total([self._worth(elite) - self.offset for elite in elites])

    def _replay(self, values: np.ndarray, bins: np.ndarray, known: Callable[[int], Known]) -> None:
        # Stable, so that the first row of each group is the fittest of its cell, and of equals the earliest.
        order = np.lexsort((-values, *bins))
        ordered = bins[:, order]
        changes = (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)
        starts = np.flatnonzero(np.concatenate(([True], changes)))
        rows = order[starts]
        rows = rows[np.argsort(np.minimum.reduceat(order, starts))]
        cells = zip(*bins[:, rows].tolist(), strict=True) if len(bins) else [()]
        fresh: list[Cell] = []
        taken: list[Known] = []
        for cell, row, value in zip(cells, rows.tolist(), values[rows].tolist(), strict=True):
            position = self._positions.get(cell)
            if position is None:
                fresh.append(cell)
                taken.append(known(row))
            elif value > fitness_of(self._elites[position].evaluation):
                self._place(position, cell, known(row))
        self._positions.update(zip(fresh, count(len(self._elites)), strict=False))
        self._homes.update(zip((each.candidate.digest for each in taken), fresh, strict=True))
        self._occupied += fresh
        self._elites += taken
        top = int(np.argmax(values))
        if self._best is None or values[top] > fitness_of(self._best.evaluation):
            self._best = self.at(tuple(bins[:, top].tolist()))
