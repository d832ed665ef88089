"""QDAIF: MAP-Elites where a model rates quality and kind, and continues a series of elites."""

from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import GridArchive
from evoengine.operators.evolving import Series
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class QDAIF(ArchiveRecipe):
    """Show a few elites of different cells as a series, ask for the next, and keep the best of every cell.

    Bradley et al. 2024, section 3, with the variation by few-shot prompting of Meyerson et al. 2023. Fitness and
    measures are a judge's, asked by the problem's evaluator: see the problem ``qd_text``.

    Parameters
    ----------
    examples
        How many elites are shown; fewer while there are fewer.
    """

    summary: ClassVar[str] = (
        "MAP-Elites on a judge's quality and axes; a few elites as a series to be continued"
    )
    source: ClassVar[str] = "Bradley et al. 2024, 'Quality-diversity through AI feedback', arXiv:2310.13032"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, examples: int = 3) -> None:
        if examples < 1:
            raise ValueError(f"examples must be at least 1, not {examples}")
        archive = GridArchive(problem.measures, offset=problem.worst_fitness)
        super().__init__(problem, archive, ("rewrite",))
        self.use(Series())
        self._examples = examples

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Draw elites of different cells, uniformly."""
        job = self.propose(view, rng, lambda: selection.uniform(self.archive.elites(), rng))
        if job is None or job.operator != "rewrite":
            return job
        shown = selection.inspirations(self.archive.elites(), self._examples, rng)
        return Job(view.proposal, "series", tuple(known.candidate.id for known in shown))
