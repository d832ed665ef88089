"""CodeTree: a tree of strategies, solutions and refinements that a critic prunes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.operators.thoughts import Strategise
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Usage, Verdict, View


@dataclass(slots=True)
class _Node:
    depth: int
    fitness: float
    left: int
    """How often it may still be refined."""


class CodeTree(ArchiveRecipe):
    """Solve by several strategies, refine the most promising solution, and drop what a critic gives up.

    Li et al. 2024, section 3. A thinker lists strategies and a solver writes a solution by each. The fittest
    open solution is taken up: a critic sees its feedback and says whether to go on; if so the thinker
    reflects and the debugger refines it into a child. What the critic stops, or whose refinement came to
    nothing, is closed. When nothing is open, other strategies are asked for.

    Parameters
    ----------
    strategies
        Solutions that are begun at once.
    width, depth
        Refinements of one solution, and solutions on a way down the tree, at most (ours: the paper bounds
        the tree by a budget of 20 programs).
    """

    summary: ClassVar[str] = "strategies, solutions and refinements as a tree that a critic prunes"
    source: ClassVar[str] = "Li et al. 2024, 'CodeTree: agent-guided tree search', arXiv:2411.04329"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, strategies: int = 3, width: int = 3, depth: int = 5) -> None:
        if min(strategies, width, depth) < 1:
            raise ValueError("strategies, width and depth must be at least 1")
        super().__init__(problem, PopulationArchive(20), ("strategise", "criticise"))
        self.use(Strategise(strategies=strategies))
        self._width, self._depth = width, depth
        self._roots: list[str] = []
        self._nodes: dict[str, _Node] = {}

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Take up the fittest open solution that those in flight leave, or ask for strategies."""
        ranked = sorted(self._nodes.items(), key=lambda item: -item[1].fitness)
        places = [name for name, node in ranked for _ in range(node.left)]
        if view.in_flight < len(places):
            return Job(view.proposal, "criticise", (places[view.in_flight],))
        if view.in_flight or not self._roots:
            return None
        tried = [name for name, node in self._nodes.items() if node.depth == 1][-20:]
        return Job(view.proposal, "strategise", (self._roots[0],), args={"notes": tried} if tried else {})

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Grow the tree by a solution or a refinement; its root is the first valid seed."""
        if candidate.operator == "seed" and evaluation.ok:
            self._roots.append(candidate.id)
        elif candidate.operator in {"strategise", "criticise"}:
            parent = self._nodes.get(candidate.parents[0], _Node(0, 0.0, 1))
            parent.left = max(0, parent.left - 1)
            depth = parent.depth + 1
            fitness = -np.inf if evaluation.fitness is None else evaluation.fitness
            self._nodes[candidate.id] = _Node(depth, fitness, self._width if depth < self._depth else 0)
        return super().tell(candidate, evaluation)

    def abandon(self, job: Job, usage: Usage) -> None:
        """Close the solution that was given up."""
        if job.operator == "criticise":
            self._nodes[job.parents[0]].left = 0
        super().abandon(job, usage)
