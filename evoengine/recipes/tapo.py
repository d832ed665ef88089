"""TAPO: prompts by several metrics, which are chosen for the task."""

from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import Aspects, PopulationArchive
from evoengine.operators.weighing import Weigh
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class TAPO(ArchiveRecipe):
    """Have metrics and their weights chosen for the task; then mutate winners of tournaments by the weighted sum.

    Luo et al. 2025, section 2 (number recalled): S = sum(w_i M_i); each metric scaled to [0, 1] over the
    members, and w_i at most 1, that of the score (both our own). Of a full population and the newcomer the least by S leaves, of equals the latest. The fittest of
    all are kept beside it.

    Parameters
    ----------
    population
        Members (our own).
    rivals
        In a tournament (our own).
    """

    summary: ClassVar[str] = "metrics and weights chosen for the task; tournaments by their weighted sum"
    source: ClassVar[str] = (
        "Luo et al. 2025, 'TAPO: task-referenced adaptation for prompt optimization', arXiv:2501.06689"
    )
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, population: int = 20, rivals: int = 2) -> None:
        if rivals < 1:
            raise ValueError(f"a tournament takes at least 1 rival, not {rivals}")
        super().__init__(problem, PopulationArchive(population), ("modify",))
        self._aspects = Aspects(problem)
        listed = "\n".join(f"- {name}: {meaning}" for name, meaning in self._aspects.meanings.items())
        self.use(Weigh(aspects=listed))
        self._population, self._rivals = population, rivals
        self._weights: dict[str, float] = {}
        self._members: dict[str, Known] = {}

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Have metrics weighed first of all; then mutate the winner of a tournament."""
        best = self.archive.best()
        if best is None or (not self._weights and view.in_flight):
            return None
        if not self._weights:
            return Job(view.proposal, "weigh", (best.candidate.id,))
        worths = self._worths()
        rivals = selection.inspirations(list(self._members.values()), self._rivals, rng)
        winner = max(rivals, key=lambda known: worths[known.candidate.digest])
        return Job(view.proposal, "modify", (winner.candidate.id,))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Heed the weights; admit what is scored."""
        if candidate.operator == "weigh":
            self._weights = self._weights or self._aspects.weights(candidate.notes)
        elif evaluation.ok:
            self._members[candidate.digest] = Known(candidate, evaluation)
        if len(self._members) > self._population:
            worths = self._worths()
            del self._members[min(reversed(worths), key=lambda digest: worths[digest])]
        return super().tell(candidate, evaluation)

    def _worths(self) -> dict[str, float]:
        """Give the weighted sums by digest; before anything is weighed the score alone counts."""
        weights = self._weights or {"score": 1.0}
        return dict(zip(self._members, self._aspects.worths(self._members.values(), weights), strict=True))
