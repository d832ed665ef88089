"""MAP-Elites on islands with migration."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import GridArchive, Islands
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, Known, View


class IslandsRecipe(ArchiveRecipe):
    """Several MAP-Elites grids that evolve apart and exchange their best.

    Proposal k belongs to island k modulo their number. Its parent is the island's best with
    probability `greed`, else the winner of a tournament among the island's elites. The island model is
    Tanese's (1989, "Distributed genetic algorithms"); grids on islands are how AlphaEvolve (Novikov et
    al. 2025, section 2.5) describes its program archive; the parameters are ours.

    Parameters
    ----------
    islands
        How many.
    migrate_every
        Told candidates between migrations; at each, the best of every island is copied to the next.
    greed
        Probability of varying the island's best.
    contestants
        Size of the tournament.
    """

    summary: ClassVar[str] = "MAP-Elites on islands that exchange their best"
    source: ClassVar[str] = "Tanese 1989; Novikov et al. 2025, 'AlphaEvolve', section 2.5"

    def __init__(
        self,
        problem: Problem,
        *,
        islands: int = 4,
        migrate_every: int = 200,
        greed: float = 0.3,
        contestants: int = 3,
        operators: Sequence[str] = (),
    ) -> None:
        def grid() -> GridArchive:
            return GridArchive(problem.measures, offset=problem.worst_fitness)

        self._grids = Islands(grid, islands, migrate_every=migrate_every)
        super().__init__(problem, self._grids, operators)
        self._greed = greed
        self._contestants = contestants

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary the best or a tournament's winner of the next island in turn."""
        island = view.proposal % self._grids.count
        archive = self._grids.island(island)
        best = archive.best()

        def pick() -> Known:
            if best is not None and rng.random() < self._greed:
                return best
            return selection.tournament(archive.elites(), self._contestants, rng)

        return None if best is None else self.propose(view, rng, pick, island=island)
