"""ImprovEvolve: candidates offer three moves, and a fixed driver makes a search of them."""

from typing import ClassVar, Literal

import numpy as np

from evoengine import selection
from evoengine.archives import GridArchive
from evoengine.operators.rewrite import Moves
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, Known, View


class ImproveClass(ArchiveRecipe):
    """Have a model write better moves {generate, improve, perturb}; MAP-Elites keeps what they reach.

    Kravatskiy, Khrulkov & Oseledets 2026: a program that has to find an optimum itself asks much of a model; one
    that offers a start, a local improvement and a perturbation asks less, and basin hopping does the rest. The
    driver is the problem's, as in ``circle_packing_hopping`` (`BasinHopping` of its evaluator).

    Parameters
    ----------
    inspirations
        Other elites that a prompt shows (ours).
    edit_format
        ``rewrite`` for models that cannot write edits.
    """

    summary: ClassVar[str] = (
        "evolves moves (generate, improve, perturb) that a fixed basin-hopping driver runs"
    )
    source: ClassVar[str] = "Kravatskiy, Khrulkov & Oseledets 2026, 'ImprovEvolve', arXiv:2602.10233"
    needs_model: ClassVar[bool] = True

    def __init__(
        self, problem: Problem, *, inspirations: int = 1, edit_format: Literal["edit", "rewrite"] = "edit"
    ) -> None:
        if inspirations < 0 or edit_format not in {"edit", "rewrite"}:
            raise ValueError(
                f"inspirations must be at least 0, and edit_format edit or rewrite, not {edit_format!r}"
            )
        grid = GridArchive(problem.measures, offset=problem.worst_fitness)
        super().__init__(problem, grid, ("moves",))
        self.use(Moves(edit_format=edit_format))
        self._inspirations = inspirations

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary any elite, with others in sight."""
        elites = self.archive.elites()

        def pick() -> Known:
            return selection.uniform(elites, rng)

        return self.propose(view, rng, pick, inspirations=self._inspirations, among=elites)
