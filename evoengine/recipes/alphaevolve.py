"""AlphaEvolve: MAP-Elites on islands, with a model that edits a parent in sight of others."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import GridArchive, Islands
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, Known, View


class AlphaEvolve(ArchiveRecipe):
    """Edit a parent from one of several islands; show inspirations with their scores and outputs.

    Novikov et al. 2025, sections 2.2 to 2.5: the program database joins MAP-Elites and islands, the
    prompt holds a parent and inspirations with their results, the reply is SEARCH/REPLACE edits, and
    scores may be several. The paper gives no numbers: these defaults are ours. Staged evaluation is the
    problem's (`stages`), the ensemble of a fast and a strong model is the pool's (weights) or the bandit's.

    Parameters
    ----------
    islands
        How many.
    migrate_every
        Told candidates between migrations; at each, the best of every island is copied to the next.
    inspirations
        How many other elites of the island a prompt shows.
    greed
        Probability of varying the island's best, rather than any of its elites.
    notes_every
        Every so many proposals a model writes notes on the latest results, which later prompts show;
        0: never.
    instructions_every
        Every so many proposals a model rewrites the instructions that prompts end with (meta-prompt
        evolution, section 2.2); each is used again by what it has gained; 0: never.
    operators
        ``rewrite`` in the place of ``edit`` for models that cannot write edits.
    """

    summary: ClassVar[str] = "a model edits elites of islands of MAP-Elites, with inspirations in sight"
    source: ClassVar[str] = "Novikov et al. 2025, 'AlphaEvolve', arXiv:2506.13131"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        islands: int = 4,
        migrate_every: int = 100,
        inspirations: int = 3,
        greed: float = 0.3,
        notes_every: int = 0,
        instructions_every: int = 0,
        operators: Sequence[str] = ("edit",),
    ) -> None:
        self._grids = Islands(
            lambda: GridArchive(problem.measures, offset=problem.worst_fitness),
            islands,
            migrate_every=migrate_every,
        )
        super().__init__(
            problem, self._grids, operators, notes_every=notes_every, instructions_every=instructions_every
        )
        if inspirations < 0:
            raise ValueError(f"inspirations must be at least 0, not {inspirations}")
        self._inspirations, self._greed = inspirations, greed

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary the best or any elite of the next island in turn."""
        island = view.proposal % self._grids.count
        grid = self._grids.island(island)
        best, elites = grid.best(), grid.elites()

        def pick() -> Known:
            return best if best and rng.random() < self._greed else selection.uniform(elites, rng)

        return self.propose(view, rng, pick, island=island, inspirations=self._inspirations, among=elites)
