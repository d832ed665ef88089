"""QDHF: MAP-Elites on measures that are learnt from judgments of likeness."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import LikenessGrid
from evoengine.operators.preferring import Liken
from evoengine.preferences import Preference
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class QDHF(ArchiveRecipe):
    """Keep the fittest of every cell of learnt axes; ask which of two is more like a third, and learn.

    Ding et al. 2024, sections 3.2 and 4, with hashed texts in the place of a model's features. Judgments
    are a person's, by ``evoengine prefer``, or those of a model with the role ``judge``. The problem's own
    measures are not used.

    Parameters
    ----------
    axes, bins
        How many measures are learnt, and the bins of each.
    learn_every, accuracy
        In judgments, at least 5, since every fifth is held out; the least share of those to agree with (ours).
    judge_every
        Every so many proposals ask a model for a judgment; 0: only people are asked.
    """

    summary: ClassVar[str] = "MAP-Elites on axes learnt from which of two candidates is more like a third"
    source: ClassVar[str] = "Ding et al. 2024, 'Quality diversity through human feedback', arXiv:2310.12103"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        axes: int = 2,
        bins: int = 10,
        learn_every: int = 20,
        accuracy: float = 0.6,
        judge_every: int = 2,
    ) -> None:
        if judge_every < 0:
            raise ValueError(f"judge_every must be at least 0, not {judge_every}")
        offset = problem.worst_fitness
        self._grid = LikenessGrid(axes, bins, offset=offset, learn_every=learn_every, accuracy=accuracy)
        super().__init__(problem, self._grid, ("rewrite",))
        self.use(Liken())
        self._judge_every = judge_every

    def comparison(self, rng: np.random.Generator) -> Sequence[Known]:
        """Give a reference and two others, drawn from the elites."""
        elites = self.archive.elites()
        return selection.inspirations(elites, 3, rng) if len(elites) > 2 else ()

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary any elite; every so many proposals, after a judgment of three."""
        job = self.propose(view, rng, lambda: selection.uniform(self.archive.elites(), rng))
        due = self._judge_every and view.proposal % self._judge_every == 0
        shown = tuple(known.candidate.id for known in self.comparison(rng)) if due else ()
        if job is None or not shown or job.operator != "rewrite":
            return job
        return replace(job, operator="liken", inspirations=shown)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Learn from the judgment in whose making a candidate was made, and put it into its cell."""
        if candidate.operator == "liken":
            self._grid.learn(Preference.of_notes(candidate.notes))
        return super().tell(candidate, evaluation)

    def steer(self, body: Mapping[str, Any]) -> None:
        """Learn from a person's answer."""
        self._grid.learn(Preference.of_body(body))
