from collections.abc import Mapping, Sequence

import numpy as np

from evoengine.archives.binning import GridBinning
from evoengine.archives.members import RowArchive
from evoengine.archives.pareto import ParetoFront
from evoengine.archives.statistics import coverage, goals_of
from evoengine.archives.views import ReadOnly
from evoengine.problem import Measure, Objective
from evoengine.types import Cell, Evaluation, Known, Verdict


class ParetoGrid(RowArchive):
    """A grid over the measures that keeps a Pareto front in each cell.

    The archive of MOME (Pierrot et al. 2022, "Multi-objective quality diversity optimization"), with the
    crowding cap of Janmohamed et al. 2023, "Improving the data efficiency of multi-objective
    quality-diversity through gradient assistance and crowding exploration". A newcomer is judged by the
    front of its cell, as in `ParetoFront`; the first in a cell is ``new``, and one that is the fittest of
    all cells ``improved``, by the gain in fitness. A copy of any member is a ``duplicate`` or a re-evaluation, whatever its cell.

    Parameters
    ----------
    measures
        The axes, as in `GridArchive`.
    objectives
        Which every valid candidate must have, finite.
    capacity
        How many each cell holds at most; 0: any number.
    """

    def __init__(
        self, measures: Sequence[Measure], objectives: Sequence[Objective], *, capacity: int = 0
    ) -> None:
        super().__init__(0)
        # Made only for what it refuses.
        checked = ParetoFront(objectives, capacity=capacity)
        self.objectives = checked.objectives
        self.capacity = capacity
        self._binning = GridBinning(measures)
        self.axes = self._binning.axes
        self.total_cells = self._binning.total_cells
        self._fronts: dict[Cell, ParetoFront] = {}
        self._occupied: list[Cell] = []

    @property
    def occupied(self) -> Sequence[Cell]:
        """The cells that ever held a candidate, in order of first occupation, as a live view."""
        return ReadOnly(self._occupied)

    def front(self, cell: Cell) -> ParetoFront:
        """Give the front of a cell. Raises `KeyError` for one that never held a candidate."""
        return self._fronts[cell]

    def discard(self, digest: str) -> None:
        """Let the member with this digest go, if there is one; nobody comes in its place."""
        place = self._places.get(digest)
        if place is not None:
            cell, _ = self._binning.locate(self._members[place].evaluation)
            self._fronts[cell].discard(digest)
        super().discard(digest)

    def stats(self) -> Mapping[str, float]:
        """Give what every archive does, and ``coverage``: the share of the cells that hold a candidate."""
        held = sum(1 for front in self._fronts.values() if len(front))
        return {**super().stats(), "coverage": coverage(held, self.total_cells)}

    def _check(self, evaluation: Evaluation) -> None:
        super()._check(evaluation)
        goals_of(evaluation, self.objectives)
        self._binning.locate(evaluation)

    def _judge(self, known: Known) -> Verdict:
        cell, _ = self._binning.locate(known.evaluation)
        if cell not in self._fronts:
            self._fronts[cell] = ParetoFront(self.objectives, capacity=self.capacity)
            self._occupied.append(cell)
        front = self._fronts[cell]
        before = tuple(front)
        verdict = front.insert(known.candidate, known.evaluation)
        rise = self._rise(known)
        for leaver in before:
            if leaver.candidate.id in verdict.evicted:
                self._remove(self._places[leaver.candidate.digest])
        if not verdict.accepted:
            return Verdict(verdict.kind, 0.0, cell)
        self._add(known, np.empty(0))
        kind = "improved" if verdict.evicted or rise > 0.0 else "new"
        return Verdict(kind, rise, cell, 0, verdict.evicted)
