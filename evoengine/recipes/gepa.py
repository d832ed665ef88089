"""GEPA: reflective evolution of prompts on a front of cases."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import CaseFront
from evoengine.operators.cases import Learn, Merge
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View

MERGE_EVERY = 10
"""Every so many proposals two lineages are merged, at most `merges` times (ours; theirs: whenever one was accepted)."""

_ALL = "fitness"


class GEPA(ArchiveRecipe):
    """Keep whoever is best on some case; have one text of one of them rewritten by what a few cases show.

    Agrawal et al. 2025, algorithms 1 and 2. A parent is drawn with probability proportional to the number of cases on
    which it is the best. What does better than its parent on a minibatch is evaluated on all cases. Two of the
    front that have a common ancestor are merged text by text. In a problem without cases the front is the fittest.

    Parameters
    ----------
    minibatch
        Cases in one.
    merges
        How often lineages are merged; never where only one text may change.
    """

    summary: ClassVar[str] = "reflection on a few cases; a front of those that are best on some case; merges"
    source: ClassVar[str] = "Agrawal et al. 2025, 'GEPA: reflective prompt evolution can outperform RL'"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, minibatch: int = 3, merges: int = 5) -> None:
        if minibatch < 1 or merges < 0:
            raise ValueError(f"a minibatch of {minibatch} or {merges} merges: at least 1 and 0 are expected")
        self._front = CaseFront(problem.cases or (_ALL,))
        super().__init__(problem, self._front, ("learn",))
        self.use(Learn(minibatch=minibatch), Merge())
        several = len(problem.evolvable or problem.seeds[0]) > 1
        self._merges = merges if several else 0
        self._parents: dict[str, tuple[str, ...]] = {}

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Learn from cases, or merge when it is time and two lineages meet."""
        front = self._front.elites()
        if not front:
            return None
        if view.proposal and view.proposal % MERGE_EVERY == 0 and view.proposal <= MERGE_EVERY * self._merges:
            pair = selection.inspirations(front, 2, rng)
            ancestor = self._ancestor(pair)
            if ancestor:
                return Job(view.proposal, "merge", (*(known.candidate.id for known in pair), ancestor))
        parent = selection.frontier_frequency(front, self._front.frequencies, rng)
        return Job(view.proposal, "learn", (parent.candidate.id,))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember the lineage."""
        self._parents[candidate.id] = candidate.parents
        if not self.problem.cases and evaluation.fitness is not None:
            evaluation = replace(evaluation, cases={_ALL: evaluation.fitness})
        return super().tell(candidate, evaluation)

    def _ancestor(self, pair: list[Known]) -> str:
        """Give the nearest common ancestor of two, by the first's line; empty where there is none, or it is one of them."""
        lines = [self._line(known.candidate.id) for known in pair]
        shared = [name for name in lines[0] if name in lines[-1]]
        return shared[0] if len(lines) > 1 and shared and shared[0] not in {line[0] for line in lines} else ""

    def _line(self, name: str) -> list[str]:
        line = [name]
        while self._parents[line[-1]]:
            line.append(self._parents[line[-1]][0])
        return line
