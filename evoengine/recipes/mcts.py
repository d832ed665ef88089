"""Monte Carlo tree search over thoughts, in the manner of RethinkMCTS."""

from typing import ClassVar

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.selection import SearchTree
from evoengine.types import Candidate, Evaluation, Job, Usage, Verdict, View


class MCTS(ArchiveRecipe):
    """Descend a tree of thoughts by upper confidence bounds, think one step further, and write a program by that.

    Li et al. 2025, section 3, and its code, with UCT in the place of P-UCB, which needs a model's prior. A
    node is a thought with its program. A program that fails, or is worse than its parent's, sends its
    thought back to be rethought by the feedback, once.

    Parameters
    ----------
    width
        Thoughts that are tried after one thought before the search goes deeper; so many may be in flight.
    exploration
        The weight of the bound (ours, that of UCB1 for rewards in [0, 1]); 0 is greedy.
    """

    summary: ClassVar[str] = "tree search over thoughts by UCT; a bad thought is rethought by its feedback"
    source: ClassVar[str] = "Li et al. 2025, 'RethinkMCTS: refining erroneous thoughts', arXiv:2409.09584"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, width: int = 3, exploration: float = 1.41) -> None:
        super().__init__(problem, PopulationArchive(20), ("think",))
        self._tree = SearchTree(width, exploration)
        self._width = width

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Grow the thought that the descent ends at; below the seed, thoughts are notes."""
        way = self._tree.descend()
        if not way or view.in_flight >= self._width:
            return None
        return Job(view.proposal, "think", (way[-1],), args={"notes": way[1:]} if way[1:] else {})

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Add a seed or a thought to the tree, or count a thought that failed."""
        if candidate.operator == "think":
            self._tree.grow(candidate.parents[0], candidate.id, evaluation.fitness)
        elif candidate.operator == "seed" and evaluation.ok:
            self._tree.grow("", candidate.id, evaluation.fitness)
        return super().tell(candidate, evaluation)

    def abandon(self, job: Job, usage: Usage) -> None:
        """Count a visit that came to nothing."""
        if job.operator == "think":
            self._tree.grow(job.parents[0])
        super().abandon(job, usage)
