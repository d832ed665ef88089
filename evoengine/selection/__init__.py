"""Choosing parents and inspirations: pure functions of a sequence, a generator and a few numbers.

Most take ``archive.elites()`` or any other sequence, prefer higher fitness, read without copying the
archive, and raise `ValueError` when there is nothing to choose from. `uniform`, `tournament` and
`inspirations` take constant time, whatever the length; the weighted ones take linear time (`power_law` and
`reciprocal_rank` n log n, `unequal_pair` n squared).

Two choose by what they have learnt, and are folds over what was told: `Duels` and `SearchTree`.
"""

from evoengine.selection.by_bounds import upper_bound
from evoengine.selection.by_cases import (
    case_scores,
    cluster_softmax,
    frontier_frequency,
    lexicase,
)
from evoengine.selection.by_children import median_novelty, score_novelty
from evoengine.selection.by_fitness import (
    boltzmann,
    cooled,
    fittest,
    inspirations,
    power_law,
    reciprocal_rank,
    roulette,
    tournament,
    unequal_pair,
    uniform,
)
from evoengine.selection.by_rank import crowded_tournament, foremost
from evoengine.selection.duels import Duels
from evoengine.selection.search_tree import SearchTree

__all__ = [
    "Duels",
    "SearchTree",
    "boltzmann",
    "case_scores",
    "cluster_softmax",
    "cooled",
    "crowded_tournament",
    "fittest",
    "foremost",
    "frontier_frequency",
    "inspirations",
    "lexicase",
    "median_novelty",
    "power_law",
    "reciprocal_rank",
    "roulette",
    "score_novelty",
    "tournament",
    "unequal_pair",
    "uniform",
    "upper_bound",
]
