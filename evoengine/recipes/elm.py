"""ELM: changes by commit message, and MAP-Elites."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from evoengine import selection
from evoengine.archives import GridArchive
from evoengine.operators.rewrite import Commit
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class ELM(ArchiveRecipe):
    """Have a model make the change that a commit message announces, to any elite of a MAP-Elites grid.

    Lehman et al. 2022, sections 3 and 5: a model trained on commits is a mutation operator that changes
    programs as people do, and the message says how far a change goes; MAP-Elites keeps what comes of it.
    Left out: the fine-tuning on accepted changes, for which the log holds all that is needed.

    Parameters
    ----------
    messages
        One is drawn for each proposal, uniformly (the paper's three in other words, without the name of the
        function; recalled, not re-checked).
    edit_format
        ``rewrite`` for models that cannot write edits.
    """

    summary: ClassVar[str] = "MAP-Elites whose mutation is a change announced by a commit message"
    source: ClassVar[str] = "Lehman et al. 2022, 'Evolution through large models', arXiv:2206.08896"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        messages: Sequence[str] = Commit().messages,
        edit_format: Literal["edit", "rewrite"] = "edit",
    ) -> None:
        if not messages or edit_format not in {"edit", "rewrite"}:
            raise ValueError(
                f"there must be messages, and edit_format must be edit or rewrite, not {edit_format!r}"
            )
        grid = GridArchive(problem.measures, offset=problem.worst_fitness)
        super().__init__(problem, grid, ("commit",))
        self.use(Commit(edit_format=edit_format, messages=tuple(messages)))

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary any elite."""
        return self.propose(view, rng, lambda: selection.uniform(self.archive.elites(), rng))
