"""LEVI: cells fitted to a diverse start; a weak model for volume, a strong one for changes of paradigm."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import FittedArchive, regions
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View

SHAPE = ("loop_count", "branch_count", "operator_count", "loop_nesting")
REGIONS, VARIANTS, NOTES_EVERY = 3, 3, 50


class Levi(ArchiveRecipe):
    """Begin with different approaches, fit cells to them, vary elites, and now and then change the paradigm.

    Tanveer 2026, section 3, and its code. Cells differ in the shape of programs and in the problem's measures.

    Parameters
    ----------
    seeds, variants, cells, shift_every
        Approaches, variants of each, and cells; proposals from one change of paradigm to the next.
    temperatures, weak, strong
        One is drawn for the softmax of scaled fitness; models for variants and for approaches, "": any.
    """

    summary: ClassVar[str] = "cells fitted to a diverse start; a strong model changes the paradigm at times"
    source: ClassVar[str] = "Tanveer 2026, 'LEVI: stronger search architectures', arXiv:2605.09764"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        seeds: int = 4,
        variants: int = 20,
        cells: int = 50,
        temperatures: Sequence[float] = (0.3, 0.7, 1.0, 1.2),
        shift_every: int = 10,
        weak: str = "",
        strong: str = "",
    ) -> None:
        if min(seeds, variants + 1) < 1 or shift_every <= VARIANTS or min(temperatures, default=0.0) <= 0.0:
            raise ValueError(f"seeds, variants or temperatures too low, or shift_every not above {VARIANTS}")
        self._cells = FittedArchive(problem, SHAPE, cells=cells, beginning=seeds * (1 + variants))
        super().__init__(problem, self._cells, ("rewrite",), notes_every=NOTES_EVERY)
        self._seeds, self._temperatures, self._every = seeds, tuple(temperatures), shift_every
        self._weak, self._strong = ({"model": model} if model else {} for model in (weak, strong))
        self._approaches = self.remember("explore", 1, valid=True)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Begin; then by the place in the round change the paradigm, vary the last change, or any elite."""
        if (cells := self._cells.fitted(view.told)) is None:
            return self._begin(view)
        place = (view.proposal - self._cells.beginning) % self._every
        if place == 0:
            ids = tuple(each.candidate.id for each in regions(cells, REGIONS, seed=int(rng.integers(2**32))))
            return Job(view.proposal, "explore", ids[:1], ids[1:], args=self._strong)
        shift = tuple(latest.id for latest in self._approaches if latest.proposal >= self._cells.beginning)
        if shift and place >= self._every - VARIANTS:
            return Job(view.proposal, "reparameterise", shift, args=self._weak)
        elites, temperature = cells.elites(), selection.uniform(self._temperatures, rng)
        pick = partial(selection.boltzmann, elites, temperature, rng, scaled=True)
        return self.propose(view, rng, pick, inspirations=1, among=elites, args=self._weak)

    def _begin(self, view: View) -> Job | None:
        """Ask for approaches, each unlike those before; then for variants of each that works."""
        best, number = self.archive.best(), view.proposal
        if best is None or view.told < min(number, self._seeds) or number >= self._cells.beginning:
            return None
        found = tuple(known.candidate.id for known in self._cells.begun(self._seeds))
        if number < self._seeds:
            return Job(number, "explore", (best.candidate.id,), found, args=self._strong)
        parents = found or (best.candidate.id,)
        return Job(number, "rewrite", (parents[number % len(parents)],), args=self._weak)
