"""Archives, sets of candidates under a rule of admission, folds over what was told; and measures of their members."""

from evoengine.archives.aspects import Aspects
from evoengine.archives.axes import Axis, CategoryAxis, NumericAxis, make_axis
from evoengine.archives.behaviours import Novelty
from evoengine.archives.cases import CaseFront
from evoengine.archives.clusters import ClusterArchive
from evoengine.archives.cvt import CvtArchive
from evoengine.archives.fitted import FittedArchive, fitted_archive, regions
from evoengine.archives.gaining import GainingIslands
from evoengine.archives.grid import GridArchive
from evoengine.archives.islands import Islands
from evoengine.archives.led import LedGrid
from evoengine.archives.likeness import Likeness
from evoengine.archives.likeness_grid import LikenessGrid
from evoengine.archives.novelty import DominatedNoveltyArchive, NoveltyArchive
from evoengine.archives.pareto import ParetoFront, RankedPopulation
from evoengine.archives.pareto_grid import ParetoGrid
from evoengine.archives.population import PopulationArchive
from evoengine.archives.tessellation import centroids, fitted_centroids
from evoengine.archives.tree import KeepingArchive, TreeArchive

__all__ = [
    "Aspects",
    "Axis",
    "CaseFront",
    "CategoryAxis",
    "ClusterArchive",
    "CvtArchive",
    "DominatedNoveltyArchive",
    "FittedArchive",
    "GainingIslands",
    "GridArchive",
    "Islands",
    "KeepingArchive",
    "LedGrid",
    "Likeness",
    "LikenessGrid",
    "Novelty",
    "NoveltyArchive",
    "NumericAxis",
    "ParetoFront",
    "ParetoGrid",
    "PopulationArchive",
    "RankedPopulation",
    "TreeArchive",
    "centroids",
    "fitted_archive",
    "fitted_centroids",
    "make_axis",
    "regions",
]
