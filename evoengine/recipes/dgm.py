"""The Darwin Gödel Machine: a tree of everything that works, grown by diagnosing failures."""

from typing import ClassVar, Literal

import numpy as np

from evoengine import selection
from evoengine.archives import TreeArchive
from evoengine.operators.thoughts import Diagnose
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class DGM(ArchiveRecipe):
    """Draw a parent by its score and by how few children it has, diagnose one of its failures, and edit it by that.

    Zhang et al. 2025, section 3 and appendix, and its code. Nothing that works is ever dropped, for a poor
    candidate may be a stepping stone. A generation's children come from the archive that the last one left.
    Small benchmarks before large ones are the problem's `stages`.

    Parameters
    ----------
    children
        In a generation.
    midpoint, sharpness
        Of the sigmoid of the fitness, which is a share of solved cases in the paper: the fitness at which it
        is one half, and its steepness there, times four.
    edit_format
        ``rewrite`` for models that cannot write edits.
    """

    summary: ClassVar[str] = "a tree of all that works; a failed case is diagnosed before each edit"
    source: ClassVar[str] = "Zhang et al. 2025, 'Darwin Gödel Machine', arXiv:2505.22954"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        children: int = 2,
        midpoint: float = 0.5,
        sharpness: float = 10.0,
        edit_format: Literal["edit", "rewrite"] = "edit",
    ) -> None:
        if children < 1 or edit_format not in {"edit", "rewrite"}:
            raise ValueError(
                f"children must be at least 1, and edit_format edit or rewrite, not {edit_format!r}"
            )
        self._tree = TreeArchive()
        super().__init__(problem, self._tree, ("diagnose",))
        self.use(Diagnose(edit_format=edit_format))
        self._size, self._midpoint, self._sharpness = children, midpoint, sharpness

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Draw a parent when the generation before has ended."""
        elites = self._tree.elites()
        if not elites or view.told < view.proposal - view.proposal % self._size:
            return None
        parent = selection.score_novelty(
            elites, self._tree.children, rng, midpoint=self._midpoint, sharpness=self._sharpness
        )
        return Job(view.proposal, "diagnose", (parent.candidate.id,))
