"""LEVI: cells fitted to a diverse start; a weak model for volume, a strong one for changes of paradigm."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import regions
from evoengine.operators.rewrite import Reparameterise
from evoengine.problem import Problem
from evoengine.recipes.fitted import FittedRecipe
from evoengine.types import Candidate, Evaluation, Job, Verdict, View

REGIONS, VARIANTS, NOTES_EVERY = 3, 3, 50


class Levi(FittedRecipe):
    """Begin with different approaches, fit cells to them, vary elites, and now and then change the paradigm.

    Tanveer 2026, section 3, and its code.

    Parameters
    ----------
    seeds, variants, cells
        Approaches to begin with, variants of each, and cells of the archive.
    temperatures
        One is drawn for the softmax of elites' fitness, scaled to [0, 1].
    shift_every
        Every so many proposals another paradigm is asked for; the last three of them vary it.
    weak, strong
        The models for variants, and for approaches; empty: the pool's choice.
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
        given = {"approaches": seeds, "variants": variants, "cells": cells}
        super().__init__(problem, **given, weak=weak, strong=strong, notes_every=NOTES_EVERY)
        self.use(Reparameterise())
        if shift_every <= VARIANTS or not temperatures or min(temperatures) <= 0.0:
            raise ValueError(f"shift_every must be above {VARIANTS}, and each of the temperatures above 0")
        self._temperatures, self._every, self._shift = tuple(temperatures), shift_every, ""

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Begin; then by the place in the round change the paradigm, vary the last change, or any elite."""
        if (archive := self.fitted) is None or view.proposal < self.length:
            return self.begin(view) if view.proposal < self.length else None
        place = (view.proposal - self.length) % self._every
        if place == 0:
            best = regions(archive, REGIONS, seed=int(rng.integers(2**32)))
            ids = tuple(known.candidate.id for known in best)
            return Job(view.proposal, "explore", ids[:1], ids[1:], args=self._strong)
        if self._shift and place >= self._every - VARIANTS:
            return Job(view.proposal, "reparameterise", (self._shift,), args=self._weak)
        elites, temperature = archive.elites(), selection.uniform(self._temperatures, rng)
        pick = partial(selection.boltzmann, elites, temperature, rng, scaled=True)
        job = self.propose(view, rng, pick, inspirations=1, among=elites)
        return job and replace(job, args={**job.args, **self._weak})

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember the latest change of paradigm that works."""
        if self.fitted and candidate.operator == "explore" and evaluation.ok:
            self._shift = candidate.id
        return super().tell(candidate, evaluation)
