"""Mending a candidate that failed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evoengine.effects import Conversation, GaveUp
from evoengine.errors import RecipeError
from evoengine.operators.base import evaluate
from evoengine.operators.model import Asking
from evoengine.problem import Problem
from evoengine.prompts import render
from evoengine.types import Known


@dataclass(frozen=True, slots=True)
class Repair(Asking):
    """Show a failed candidate, the parent, with its status and feedback, until it works.

    Each attempt is evaluated, and one that fails is shown in the place of the parent ("self-repair",
    Olausson et al. 2024, "Is self-repair a silver bullet for code generation?"). The first that is
    scored is the draft; if none is, the operator gives up. Raises `RecipeError` for a parent that works.

    Parameters
    ----------
    tries
        At most so many attempts.
    """

    tries: int = 3
    name = "repair"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        failed = parents[0]
        if failed.evaluation.ok:
            raise RecipeError("the operator 'repair' needs a parent that failed")
        for _ in range(self.tries):
            task = render("repair", {"status": failed.evaluation.status}, problem.prompts)
            messages = self._prompt(problem, task, [failed], inspirations)
            drafts = yield from self._ask(problem, failed, messages)
            if not drafts:
                return drafts
            evaluation = yield from evaluate(drafts[0].genome)
            if evaluation.ok:
                return drafts[:1]
            failed = Known(replace(failed.candidate, genome=drafts[0].genome), evaluation)
        return GaveUp("unrepaired")
