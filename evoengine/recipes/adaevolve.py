"""AdaEvolve: islands that are explored, visited and added by what they gained lately."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from evoengine import selection
from evoengine.archives import GainingIslands, PopulationArchive
from evoengine.operators.rewrite import Rewrite
from evoengine.operators.thoughts import Strategise
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.stalling import Progress
from evoengine.types import Candidate, Evaluation, Job, Verdict, View


class AdaEvolve(ArchiveRecipe):
    """Explore where nothing rises, refine where it does, go where the gains are, change the paradigm in a stall.

    Cemri et al. 2026, section 3. The island with the highest upper confidence bound on its gains is varied:
    any member by another approach, or one of its best quarter. Where few of the latest candidates raised the
    best of all, strategies are thought of, each tried twice; where hardly anything rises, a new island comes.

    Parameters
    ----------
    islands, most_islands, population, migrate_every
        Islands at first and at most, members of each, and told candidates between migrations of the best 5.
    exploration
        Its probability lies between these.
    window, stalled
        The paradigm changes when less than this share of so many candidates raised the best of all.
    """

    summary: ClassVar[str] = "islands explored, visited and added by what they gained lately"
    source: ClassVar[str] = "Cemri et al. 2026, 'AdaEvolve', arXiv:2602.20133"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        islands: int = 2,
        most_islands: int = 5,
        population: int = 20,
        migrate_every: int = 15,
        exploration: Sequence[float] = (0.15, 0.5),
        window: int = 10,
        stalled: float = 0.12,
        edit_format: Literal["edit", "rewrite"] = "edit",
    ) -> None:
        self._islands = GainingIslands(
            lambda: PopulationArchive(population), islands, most_islands, migrate_every, migrants=5
        )
        super().__init__(problem, self._islands, ("rewrite", "explore"))
        self.use(Rewrite(edit_format=edit_format), Strategise(strategies=3, samples=2))
        self._progress, self._tried = Progress(window, stalled), self.remember("strategise", 10)
        (self._low, self._high), self._window = exploration, window

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary the island that is due, or change the paradigm, which one proposal in a window may do."""
        best, island = self.archive.best(), self._islands.due()
        if best is None:
            return None
        if self._progress.stalled and view.proposal % self._window == 0:
            args = {"notes": [tried.id for tried in self._tried]}
            return Job(view.proposal, "strategise", (best.candidate.id,), island=island, args=args)
        members = self._islands.island(island).elites()
        explore = rng.random() < self._islands.exploration(island, self._low, self._high)
        pool = members if explore else selection.fittest(members, max(1, len(members) // 4))
        parent = selection.uniform(pool, rng).candidate.id
        shown = tuple(known.candidate.id for known in selection.inspirations(pool, 3, rng, exclude=(parent,)))
        return Job(view.proposal, "explore" if explore else "rewrite", (parent,), shown, island=island)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Count whether the best of all rose; the seeds and a change of paradigm begin a new window."""
        self._progress.tell(evaluation.fitness)
        if candidate.operator in {"seed", "strategise"}:
            self._progress.restart()
        return super().tell(candidate, evaluation)
