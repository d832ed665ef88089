"""A diverse start and cells fitted to it: the part of LEVI that another recipe could begin with too."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evoengine.archives import CvtArchive, TreeArchive, fitted_archive
from evoengine.operators.rewrite import Explore, Rewrite
from evoengine.ports import Archive
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.text.metrics import METRICS
from evoengine.types import Candidate, Evaluation, Job, Known, Usage, Verdict, View

FEATURES = ("loop_count", "branch_count", "operator_count", "loop_nesting")
"""The shape of a program, by which cells are told apart beside the problem's numeric measures."""


class FittedRecipe(ArchiveRecipe):
    """Ask for approaches, each unlike those before, and for variants of each; then fit cells to all that is valid.

    Approaches come one after the other from ``explore``, variants from ``rewrite``; those of an approach that
    failed go to the others.

    Parameters
    ----------
    approaches, variants
        How many approaches, and variants of each.
    cells
        Cells of the archive, at most.
    weak, strong
        The models for variants, and for approaches; empty: the pool's choice.
    notes_every
        As in `ArchiveRecipe`.
    """

    archive: Archive

    def __init__(
        self,
        problem: Problem,
        *,
        approaches: int,
        variants: int,
        cells: int,
        weak: str,
        strong: str,
        notes_every: int,
    ) -> None:
        if min(approaches, cells) < 1 or variants < 0:
            raise ValueError("there must be at least one approach and one cell, and no fewer than 0 variants")
        super().__init__(problem, TreeArchive(), ("rewrite",), notes_every=notes_every)
        self.use(Explore(), Rewrite())
        self._approaches, self._cells = approaches, cells
        self._weak, self._strong = _named(weak), _named(strong)
        self._valid: list[Known] = []
        self._left = approaches * (1 + variants)
        self.length = self._left
        """How many proposals the start takes."""

    @property
    def fitted(self) -> CvtArchive | None:
        """The archive, once the start has ended."""
        return self.archive if isinstance(self.archive, CvtArchive) else None

    def begin(self, view: View) -> Job | None:
        """Give the job of a proposal of the start, or none while it has to wait."""
        best, proposal = self.archive.best(), view.proposal
        if best is None or view.told < min(proposal, self._approaches):
            return None
        found = [x.candidate.id for x in self._valid if 0 <= x.candidate.proposal < self._approaches]
        if proposal < self._approaches:
            return Job(proposal, "explore", (best.candidate.id,), tuple(found), args=self._strong)
        places = found or [best.candidate.id]
        return Job(proposal, "rewrite", (places[proposal % len(places)],), args=self._weak)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Describe a program by its shape; keep it for the fit."""
        if evaluation.ok:
            shape = {name: METRICS[name](candidate.genome, self.problem) for name in FEATURES}
            evaluation = replace(evaluation, measures={**evaluation.measures, **shape})
        verdict = super().tell(candidate, evaluation)
        if self._left and evaluation.ok:
            self._valid.append(Known(candidate, evaluation))
        if candidate.proposal >= 0:
            self._end()
        return verdict

    def abandon(self, job: Job, usage: Usage) -> None:
        """Count a proposal of the start that came to nothing."""
        super().abandon(job, usage)
        self._end()

    def _end(self) -> None:
        if self._left == 1:
            own = [measure.name for measure in self.problem.measures if not measure.categories]
            self.archive = fitted_archive(
                self._valid, (*own, *FEATURES), self._cells, offset=self.problem.worst_fitness
            )
            self._valid = []
        self._left = max(0, self._left - 1)


def _named(model: str) -> Mapping[str, Any]:
    return {"model": model} if model else {}
