"""Cells that are fitted to what a search has found, and the regions that they fall into."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evoengine.archives.cvt import CvtArchive
from evoengine.archives.nearest import nearest
from evoengine.archives.statistics import fitness_of
from evoengine.archives.tessellation import fitted_centroids
from evoengine.problem import Measure
from evoengine.types import Known


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
