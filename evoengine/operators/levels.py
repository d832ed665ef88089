"""Operators that change one text of several: the one that all tasks share, or one of a single task."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evoengine.effects import Conversation
from evoengine.operators.model import focused
from evoengine.operators.reflect import Reflect
from evoengine.problem import Problem
from evoengine.types import Known


@dataclass(frozen=True, slots=True)
class SystemPrompt(Reflect):
    """Have failures of all tasks analysed, then one text of the parent rewritten by that: the one that all tasks share.

    The outer step of Choi, Baek & Hwang 2025, "System prompt optimization with meta-learning", section 3
    (recalled, not re-checked), and its code.

    Parameters
    ----------
    file
        The text that may change.
    """

    file: str = ""
    name = "system_prompt"
    question = "generalise"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        focus = focused(problem, parents[0].candidate.genome, self.file)
        return (yield from Reflect.__call__(self, focus, parents, inspirations, rng))


@dataclass(frozen=True, slots=True)
class UserPrompt(SystemPrompt):
    """The same for the text of a single task, by its own failures: the inner step."""

    question = "specialise"

    @property
    def name(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - a job names the text
        """The name that a job for this text has."""
        return f"user_prompt[{self.file}]"
