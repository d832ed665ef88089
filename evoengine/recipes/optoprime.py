"""OptoPrime: one chain of updates, each of any part of the candidate, by its trace and its feedback."""

from collections import deque
from typing import ClassVar, Literal

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.operators.trace import Update
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class OptoPrime(ArchiveRecipe):
    """Update the last candidate by its execution trace and the feedback on its output, and go on from what comes of it.

    Cheng, Nie & Swaminathan 2024, and its code: as a gradient step does, an update takes the place
    of what was updated, whether it is better or worse; the best of all is kept beside. One proposal at a time.

    Parameters
    ----------
    memory
        Earlier candidates with their feedback that a prompt shows, the latest ones; the code's default is 0.
    edit_format
        ``edit`` for SEARCH/REPLACE edits in the place of whole files.
    """

    summary: ClassVar[str] = "updates any part of a candidate by its execution trace and feedback, as a chain"
    source: ClassVar[str] = "Cheng, Nie & Swaminathan 2024, 'Trace is the next AutoDiff', arXiv:2406.16218"
    needs_model: ClassVar[bool] = True

    def __init__(
        self, problem: Problem, *, memory: int = 0, edit_format: Literal["rewrite", "edit"] = "rewrite"
    ) -> None:
        if memory < 0 or edit_format not in {"edit", "rewrite"}:
            raise ValueError(
                f"memory must be at least 0, and edit_format edit or rewrite, not {edit_format!r}"
            )
        super().__init__(problem, PopulationArchive(1), ("update",))
        self.use(Update(edit_format=edit_format))
        self._latest: deque[Known] = deque(maxlen=memory + 1)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Update the last candidate when it has been evaluated."""
        if self.archive.best() is None or view.in_flight:
            return None
        *earlier, last = (known.candidate.id for known in self._latest)
        return Job(view.proposal, "update", (last,), tuple(earlier))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Go on from this candidate; of several seeds, from the best."""
        verdict = super().tell(candidate, evaluation)
        if candidate.operator != "seed" or self.best() == candidate.id:
            self._latest.append(Known(candidate, evaluation))
        return verdict
