"""Cells that are fitted to what a search has found, and the regions that they fall into."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evoengine.archives.cvt import CvtArchive
from evoengine.archives.delegating import Delegating
from evoengine.archives.nearest import nearest
from evoengine.archives.statistics import fitness_of
from evoengine.archives.tessellation import fitted_centroids
from evoengine.archives.tree import KeepingArchive
from evoengine.problem import Measure, Problem
from evoengine.text.metrics import METRICS
from evoengine.types import Candidate, Evaluation, Known, Verdict


class FittedArchive(Delegating):
    """Keeps all that is valid of a search's beginning; then fits cells to it, and keeps the fittest of each.

    Cells are told apart by the problem's numeric measures and by metrics of the genome, which are among the
    measures of what it holds. They come into force with the first candidate of a proposal after the beginning, or,
    where nothing was valid until then, of the first after something was.

    Parameters
    ----------
    problem
        Whose measures count; its `worst_fitness` is the offset of the QD score.
    metrics
        Names of `METRICS`.
    cells
        As in `fitted_archive`, at least 1.
    beginning
        In proposals, at least 1.
    """

    def __init__(self, problem: Problem, metrics: Sequence[str], *, cells: int, beginning: int) -> None:
        if min(cells, beginning) < 1:
            raise ValueError(f"cells and the beginning must be at least 1, not {cells} and {beginning}")
        super().__init__(KeepingArchive())
        self.beginning = beginning
        self._problem, self._metrics, self._count = problem, tuple(metrics), cells
        own = (measure.name for measure in problem.measures if not measure.categories)
        self._names = tuple(dict.fromkeys((*own, *metrics)))
        self._begun: list[Known] = []
        self._cells: CvtArchive | None = None

    def begun(self, proposals: int) -> list[Known]:
        """Give what was valid of the first so many proposals of the beginning, copies included, in the order told."""
        return [known for known in self._begun if 0 <= known.candidate.proposal < proposals]

    def fitted(self, ended: int) -> CvtArchive | None:
        """Give the cells once so many proposals have ended that the beginning has; None before."""
        if ended < self.beginning or not self._begun:
            return None
        if self._cells is None:
            self._cells = fitted_archive(
                self._begun, self._names, self._count, offset=self._problem.worst_fitness
            )
        return self._cells

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Keep a candidate of the beginning, and judge a later one in its cell.

        Raises `ValueError` as a `CvtArchive` does; nothing changes then.
        """
        if evaluation.ok:
            found = {name: METRICS[name](candidate.genome, self._problem) for name in self._metrics}
            evaluation = replace(evaluation, measures={**evaluation.measures, **found})
        cells = self.fitted(candidate.proposal)
        held = self._held if cells is None else cells
        verdict = held.insert(candidate, evaluation)
        self._held = held
        if evaluation.ok and cells is None:
            self._begun.append(Known(candidate, evaluation))
        return verdict


def fitted_archive(
    candidates: Sequence[Known], names: Sequence[str], cells: int, *, offset: float = 0.0, seed: int = 0
) -> CvtArchive:
    """Give a CVT archive whose cells are clusters of these candidates by some of their measures, with them in it.

    Tanveer 2026, "LEVI", section 3 (arXiv:2605.09764): where programs are, cells are many. Distances are relative to
    the range of each measure among the candidates.

    Parameters
    ----------
    candidates
        At least one, valid; inserted in order.
    names
        Of numeric measures that all of them have, and all that will be inserted.
    cells
        At most so many: fewer where fewer candidates differ.
    """
    table = np.array([[float(known.evaluation.measures[name]) for name in names] for known in candidates])
    low, span = _range(table)
    scaled = (table - low) / span
    few = min(cells, len(np.unique(scaled, axis=0)))
    measures = [
        Measure(name, bottom, bottom + width)
        for name, bottom, width in zip(names, low.tolist(), span.tolist(), strict=True)
    ]
    archive = CvtArchive(measures, fitted_centroids(scaled, few, seed=seed) * span + low, offset=offset)
    for known in candidates:
        archive.insert(known.candidate, known.evaluation)
    return archive


def regions(archive: CvtArchive, count: int, *, seed: int = 0) -> list[Known]:
    """Give the fittest elite of each of `count` clusters of occupied cells, the best first, of equals the earlier.

    Fewer where fewer cells are occupied; none where the archive is empty.
    """
    elites = archive.elites()
    if not elites:
        return []
    points = archive.centroids[[cell[0] for cell in archive.occupied]]
    low, span = _range(points)
    scaled = (points - low) / span
    centres = fitted_centroids(scaled, min(count, len(np.unique(scaled, axis=0))), seed=seed)
    best: dict[int, Known] = {}
    for elite, cluster in zip(elites, nearest(scaled, centres).tolist(), strict=True):
        held = best.get(cluster)
        if held is None or _fitness(elite) > _fitness(held):
            best[cluster] = elite
    return sorted(best.values(), key=_fitness, reverse=True)


def _range(table: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the least value of each column and the width of its range, 1 where that is 0."""
    low, width = table.min(axis=0), np.ptp(table, axis=0)
    return low, np.where(width > 0.0, width, 1.0)


def _fitness(known: Known) -> float:
    return fitness_of(known.evaluation)
