"""ShinkaEvolve: few but novel programs, from parents that are good and have few children."""

from collections import Counter
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import Islands, PopulationArchive
from evoengine.operators.novel import Novel
from evoengine.operators.rewrite import Combine, Edit, Rewrite
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Problem, Verdict, View

PATCHES = {"rewrite": 0.3, "edit": 0.6, "combine": 0.1}
TEMPERATURES = (0.0, 0.5, 1.0)
"""How an offspring is asked for, with the probability of each, and at what temperature, all alike."""


class Shinka(ArchiveRecipe):
    """Draw a parent by how far it lies above its island's median and by how few children it has; refuse copies.

    Lange et al. 2025, section 3, and its code.

    Parameters
    ----------
    islands, archive
        How many islands, and how many of the fittest they keep together.
    migrate_every
        Told candidates between migrations of a tenth of each island, at least one.
    inspirations, top
        Others of the island that a prompt shows: so many drawn uniformly, and so many of the best.
    notes_every
        Every so many proposals a model writes notes on the latest results; 0: never.
    """

    summary: ClassVar[str] = "parents far above the median with few children; copies are refused unevaluated"
    source: ClassVar[str] = "Lange et al. 2025, 'ShinkaEvolve', arXiv:2509.19349"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        islands: int = 2,
        archive: int = 40,
        migrate_every: int = 10,
        inspirations: int = 4,
        top: int = 2,
        notes_every: int = 10,
    ) -> None:
        size = archive // max(1, islands)
        self._islands = Islands(
            lambda: PopulationArchive(size), islands, migrate_every=migrate_every, migrants=max(1, size // 10)
        )
        super().__init__(problem, self._islands, tuple(PATCHES), notes_every=notes_every)
        self.use(*(Novel(operator) for operator in (Rewrite(), Edit(), Combine())))
        self._inspirations, self._top, self._children = inspirations, top, Counter[str]()

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Draw an island, a parent and a form of patch, unless notes are due."""
        island = int(rng.integers(self._islands.count))
        elites = self._islands.island(island).elites()
        if not elites:
            return None
        parent = selection.median_novelty(elites, self._children, rng)
        if self.scratchpad.due(view):
            return self.scratchpad.job(view, parent, island)
        patch = str(rng.choice(list(PATCHES), p=list(PATCHES.values())))
        others = selection.inspirations(elites, self._inspirations, rng, exclude=(parent.candidate.id,))
        parents = tuple(x.candidate.id for x in (parent, *others[: int(patch == "combine")]))
        shown = dict.fromkeys(x.candidate.id for x in (*selection.fittest(elites, self._top), *others))
        rest = tuple(name for name in shown if name not in parents)
        args = {"temperature": selection.uniform(TEMPERATURES, rng), **self.scratchpad.args}
        return Job(view.proposal, patch, parents, rest, island=island, args=args)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Count a child."""
        self._children.update(candidate.parents[:1])
        return super().tell(candidate, evaluation)
