"""DeepEvolve: ideas that are looked up first, written over several files, and debugged, on islands."""

from typing import ClassVar, Literal

import numpy as np

from evoengine import selection
from evoengine.archives import Islands, PopulationArchive
from evoengine.operators.composed import Mended
from evoengine.operators.repair import Repair
from evoengine.operators.research import Research
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class DeepEvolve(ArchiveRecipe):
    """Plan what to find out, look it up, propose an idea, edit all files by it, and debug before it is told.

    Liu et al. 2025, section 3, and its code. Islands take turns of as many proposals as they have members.
    Parents come from the archive of the fittest of all with probability `exploitation`, else from their
    island; inspirations are others of the archive. What is looked up are the problem's own `documents`, in
    the place of a search of the web.

    Parameters
    ----------
    islands, population, archive
        How many islands, members of all together, and how many of the fittest are kept beside them.
    migrate_every
        Told candidates between migrations of each island's best tenth, at least one.
    exploitation, inspirations
        Probability of a parent from the archive, and how many others a prompt shows (both recalled).
    repairs
        Attempts at debugging an offspring.
    edit_format
        ``rewrite`` for models that cannot write edits.
    """

    summary: ClassVar[str] = "plan, look up, propose, edit, debug; on islands with an archive of the best"
    source: ClassVar[str] = "Liu et al. 2025, 'Scientific algorithm discovery ... with deep research'"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        islands: int = 5,
        population: int = 25,
        archive: int = 10,
        migrate_every: int = 25,
        exploitation: float = 0.7,
        inspirations: int = 5,
        repairs: int = 5,
        edit_format: Literal["edit", "rewrite"] = "edit",
    ) -> None:
        members = population // max(1, islands)
        migrants = max(1, members // 10)
        self._islands = Islands(
            lambda: PopulationArchive(members), islands, migrate_every=migrate_every, migrants=migrants
        )
        super().__init__(problem, self._islands, ("research",))
        repair = Repair(edit_format=edit_format, tries=repairs)
        self.use(Mended(Research(edit_format=edit_format), repair))
        self._fittest = PopulationArchive(archive)
        self._exploitation, self._inspirations, self._turn = exploitation, inspirations, members

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Take the island whose turn it is; its parent is one of the fittest of all, or any of its own."""
        island = view.proposal // self._turn % self._islands.count
        own, fittest = self._islands.island(island).elites(), self._fittest.elites()

        def pick() -> Known:
            return selection.uniform(fittest if rng.random() < self._exploitation else own, rng)

        return self.propose(view, rng, pick, island=island, inspirations=self._inspirations, among=fittest)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Keep the fittest of all beside the islands."""
        self._fittest.insert(candidate, evaluation)
        return super().tell(candidate, evaluation)
