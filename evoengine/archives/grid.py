from collections.abc import Sequence

from evoengine.archives.axes import Axis
from evoengine.archives.binning import GridBinning
from evoengine.archives.cells import CellArchive
from evoengine.problem import Measure


class GridArchive(CellArchive):
    """A grid over the measures that keeps the fittest candidate of each cell.

    This is the archive of MAP-Elites (Mouret and Clune 2015, "Illuminating search spaces by mapping
    elites", figure 1). Without measures there is one cell, ``()``, and the archive is a hill climber's.

    Parameters
    ----------
    measures
        The axes, in the order of a cell's indices. `ValueError` names the one that is wrong.
    offset, depth, confidence
        As in `CellArchive`.
    """

    def __init__(
        self, measures: Sequence[Measure], *, offset: float = 0.0, depth: int = 1, confidence: float = 0.0
    ) -> None:
        binning = GridBinning(measures)
        super().__init__(binning, offset=offset, depth=depth, confidence=confidence)
        self.axes: tuple[Axis, ...] = binning.axes
