"""FunSearch: clusters of programs on islands, shown as a series of versions to be continued."""

from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import ClusterArchive, Islands
from evoengine.operators.rewrite import NextVersion
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, Known, View


class FunSearch(ArchiveRecipe):
    """Draw programs from an island, the good and short ones rather, and ask for the version after them.

    Romera-Paredes et al. 2023, methods, and its code. An island keeps every valid program, in clusters of
    equal scores on all cases. A prompt draws clusters by the softmax of their scores, at a temperature that
    falls with the number of the island's programs and starts again, and from each cluster a program by the
    softmax of minus its length. Now and then the worse half of the islands begins anew, each from the best
    of one of the others.

    Parameters
    ----------
    islands
        How many; one is drawn for each prompt.
    versions
        Programs in a prompt; fewer while there are fewer clusters, and one that is drawn twice is shown once.
    samples
        Replies to a prompt.
    temperature
        At the start of a period, in units of fitness.
    period
        In programs of the island.
    reset_every
        In candidates; ours (the paper resets every 4 hours).
    """

    summary: ClassVar[str] = "islands of clusters of equal scores; the next version of a series is asked for"
    source: ClassVar[str] = "Romera-Paredes et al. 2023, 'Mathematical discoveries from program search'"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        islands: int = 10,
        versions: int = 2,
        samples: int = 4,
        temperature: float = 0.1,
        period: int = 30_000,
        reset_every: int = 400,
    ) -> None:
        if min(versions, samples, period) < 1 or not temperature > 0.0:
            raise ValueError("versions, samples and period must be at least 1, and temperature above 0")
        self._islands = Islands(
            lambda: ClusterArchive(problem.cases), islands, migrate_every=0, reset_every=reset_every
        )
        super().__init__(problem, self._islands, ("next_version",))
        self.use(NextVersion(samples=samples))
        self._versions, self._temperature, self._period = versions, temperature, period

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Draw an island, and programs of it."""
        island = int(rng.integers(self._islands.count))
        home = self._islands.island(island)
        if not isinstance(home, ClusterArchive) or not home.clusters:
            return None
        temperature = selection.cooled(self._temperature, len(home), self._period)

        def pick() -> Known:
            return selection.cluster_softmax(home.clusters, home.scores, temperature, rng)

        drawn = [pick() for _ in range(min(self._versions, len(home.clusters)))]
        # The best comes first, as what the reply is to be a version of; the prompt shows it last.
        ids = dict.fromkeys(known.candidate.id for known in selection.fittest(drawn, len(drawn)))
        return Job(view.proposal, "next_version", tuple(ids), island=island)
