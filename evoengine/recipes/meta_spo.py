"""MetaSPO: a system prompt for many tasks, whose own prompts are bettered in an inner loop."""

from typing import ClassVar

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.operators.levels import SystemPrompt, UserPrompt
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class MetaSPO(ArchiveRecipe):
    """Better each task's prompt in turn, then the system prompt that they share, always from the best so far.

    Choi, Baek & Hwang 2025, section 3 (number recalled), and its code. A candidate holds the system prompt and one
    prompt for each task, and is scored over all tasks. A step of the loops begins when the one before has ended. A
    candidate of one text has no inner loop.

    Parameters
    ----------
    system
        The file of the system prompt; empty: the first that may change. All others are tasks' prompts.
    users, systems
        Offspring of each task's prompt in an inner loop, and of the system prompt in an outer one (the
        defaults of the code's command line).
    """

    summary: ClassVar[str] = (
        "a system prompt over many tasks, whose own prompts are bettered in an inner loop"
    )
    source: ClassVar[str] = (
        "Choi, Baek & Hwang 2025, 'System prompt optimization with meta-learning', arXiv:2505.09666"
    )
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, system: str = "", users: int = 3, systems: int = 9) -> None:
        names = problem.evolvable or tuple(problem.seeds[0])
        system = system or names[0]
        if system not in names:
            raise ValueError(f"system must be one of {', '.join(names)}, not {system!r}")
        if min(users, systems) < 1:
            raise ValueError(f"users and systems must be at least 1, not {users} and {systems}")
        super().__init__(problem, PopulationArchive(1), ("reflect",))
        inner = [UserPrompt(file=name) for name in names if name != system]
        outer = SystemPrompt(file=system)
        self.use(outer, *inner)
        steps = [*((step.name, users) for step in inner), (outer.name, systems)]
        self._round = [name for name, size in steps for _ in range(size)]

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Take the step that a proposal belongs to, when all proposals of earlier steps have ended."""
        best, place = self.archive.best(), view.proposal % len(self._round)
        step = self._round[place]
        start = view.proposal - place + self._round.index(step)
        if best is None or view.told < start:
            return None
        return Job(view.proposal, step, (best.candidate.id,))
