from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from evoengine.archives.axes import Bins
from evoengine.archives.cells import CellArchive
from evoengine.archives.nearest import Index, nearest
from evoengine.archives.ranges import Ranges
from evoengine.problem import Measure
from evoengine.types import Cell, Evaluation


class CentroidBinning:
    """Cells around centroids: an evaluation belongs to the nearest, of equally near ones to the first.

    Distances are Euclidean between measures scaled by their ranges; a value outside its range is clipped.

    Parameters
    ----------
    measures
        Numeric, with a range each.
    centroids
        Shape ``(cells, len(measures))``, finite, in the measures' own units.
    """

    def __init__(self, measures: Sequence[Measure], centroids: ArrayLike) -> None:
        self._ranges = Ranges(measures)
        self.centroids = np.asarray(centroids, np.float64)
        if self.centroids.ndim != 2 or self.centroids.shape[1] != len(measures) or not len(self.centroids):
            raise ValueError(f"the centroids must be one or more rows of {len(measures)} numbers")
        if not np.isfinite(self.centroids).all():
            raise ValueError("the centroids must be finite numbers")
        self.total_cells = len(self.centroids)
        self._scaled = self._ranges.rescale(self.centroids)
        self._index = Index(self._scaled)

    def locate(self, evaluation: Evaluation) -> tuple[Cell, int]:
        """Give the index of the nearest centroid."""
        values, clipped = self._ranges.scale(evaluation)
        return (self._index.nearest(values),), clipped

    def locate_all(self, measures: Mapping[str, ArrayLike], count: int) -> tuple[Bins, int]:
        """Give the indices of the nearest centroids, shape ``(1, count)``."""
        points, clipped = self._ranges.scale_all(measures, count)
        return nearest(points, self._scaled)[None, :], clipped


class CvtArchive(CellArchive):
    """Cells around centroids, in each of which the fittest candidate is the elite.

    The archive of CVT-MAP-Elites (Vassiliades, Chatzilygeroudis and Mouret 2018, "Using centroidal Voronoi
    tessellations to scale up the multidimensional archive of phenotypic elites algorithm"): the number of
    cells does not grow with that of the measures. A cell is ``(index of its centroid,)``.

    Parameters
    ----------
    measures
        Numeric, with a range each, of which distances are taken relative to it; bins do not matter.
    centroids
        Shape ``(cells, len(measures))``, in the measures' own units: given, or made by
        `centroids` or `fitted_centroids`.
    offset, depth, confidence
        As in `CellArchive`.
    """

    def __init__(
        self,
        measures: Sequence[Measure],
        centroids: ArrayLike,
        *,
        offset: float = 0.0,
        depth: int = 1,
        confidence: float = 0.0,
    ) -> None:
        binning = CentroidBinning(measures, centroids)
        super().__init__(binning, offset=offset, depth=depth, confidence=confidence)
        self.centroids = binning.centroids
