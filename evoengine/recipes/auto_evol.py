"""Auto Evol-Instruct: instructions are evolved by a method that a model improves by what it failed at."""

from collections import deque
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import KeepingArchive
from evoengine.operators.evolving import EvolveBy, ImproveMethod
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Verdict, View

SHOWN = 8
"""The latest candidates that a model improves the method by."""


class AutoEvol(ArchiveRecipe):
    """Evolve instructions by a method in words, and every so often the method by its latest offspring.

    Zeng et al. 2024, section 3. A model analyses what the method led to and rewrites it; of several new methods
    and the one in force, the one that fails for the fewest of a few instructions holds from then on. It is
    the notes of what it evolved there. All that was valid is the data set.

    Parameters
    ----------
    improve_every
        In proposals.
    methods
        New methods that are tried each time.
    tried_on
        Instructions that each method is tried on.
    """

    summary: ClassVar[str] = "instructions evolved by a method that is itself evolved on its failures"
    source: ClassVar[str] = "Zeng et al. 2024, 'Automatic instruction evolving for LLMs', arXiv:2406.00770"
    needs_model: ClassVar[bool] = True

    def __init__(
        self, problem: Problem, *, improve_every: int = 20, methods: int = 2, tried_on: int = 3
    ) -> None:
        if min(improve_every, methods, tried_on) < 1:
            raise ValueError("improve_every, methods and tried_on must be at least 1")
        super().__init__(problem, KeepingArchive(), ("rewrite",))
        self.use(EvolveBy(), ImproveMethod(methods=methods))
        self._every = improve_every
        self._tried_on = tried_on
        self._latest: deque[str] = deque(maxlen=SHOWN)
        self._method: str | None = None

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Evolve an instruction drawn uniformly, or the method."""
        members = self.archive.elites()
        if not members:
            return None
        args = {} if self._method is None else {"notes": self._method}
        due = view.proposal % self._every == self._every - 1
        drawn = selection.inspirations(members, self._tried_on if due else 1, rng)
        parents = tuple(known.candidate.id for known in drawn)
        if due:
            return Job(view.proposal, "improve_method", parents, tuple(self._latest), args=args)
        return Job(view.proposal, "evolve_by", parents, args=args)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember what the method led to, and the method that holds."""
        if candidate.operator == "improve_method":
            self._method = candidate.id
        if candidate.operator != "seed":
            self._latest.append(candidate.id)
        return super().tell(candidate, evaluation)
