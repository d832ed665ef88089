"""An operator that asks what counts, and for how much."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evoengine.effects import Conversation, GaveUp
from evoengine.operators.reflect import Thinking
from evoengine.problem import Problem
from evoengine.types import Draft, Known


@dataclass(frozen=True, slots=True)
class Weigh(Thinking):
    """Have it said which aspects matter for this kind of task, with weights.

    The metric selection of Luo et al. 2025, "TAPO", section 2 (number recalled). The draft is the parent itself,
    which costs no evaluation; the answer is its notes, and so part of the log.

    Parameters
    ----------
    aspects
        What there is to choose from, one a line.
    """

    aspects: str = ""
    name = "weigh"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Conversation:
        said = yield from self._consider(problem, "weigh", parents[:1], (), aspects=self.aspects)
        return [Draft(parents[0].candidate.genome, said)] if said else GaveUp("empty")
