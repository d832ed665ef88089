"""Our own method, and the default: greedy while greed pays, wider when it stalls."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import GridArchive
from evoengine.operators import Mix, default_operators
from evoengine.operators.model_operators import MODEL_OPERATORS
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Problem, Verdict, View


class _Led(GridArchive):
    """A grid whose gain is that of its best."""

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        before = self.best()
        verdict = super().insert(candidate, evaluation)
        gained = 0.0
        if before is not None and evaluation.fitness is not None and verdict.accepted:
            gained = max(0.0, evaluation.fitness - before.evaluation.fitness)
        return Verdict(verdict.kind, gained, verdict.cell, verdict.rank, verdict.evicted)


class Adaptive(ArchiveRecipe):
    summary: ClassVar[str] = "greedy while greed pays, wider when it stalls; operators by gain per cost"
    source: ClassVar[str] = "ours"

    def __init__(
        self,
        problem: Problem,
        *,
        greed: float = 0.95,
        least: float = 0.5,
        stall: float = 0.002,
        memory: float = 0.96,
        floor: float = 0.3,
        inspirations: int = 3,
        operators: Sequence[str] = (),
        syntactic: bool = True,
    ) -> None:
        names = tuple(operators)
        if syntactic and any(name in MODEL_OPERATORS for name in names):
            names += tuple(name for name in default_operators(problem) if name not in names)
        self._grid = _Led(problem.measures, offset=problem.worst_fitness)
        super().__init__(problem, self._grid, names)
        self.mix = Mix(tuple(self._credited) if False else (names or default_operators(problem)), floor=floor, discount=memory)
        self._greed, self._least, self._stall, self._inspirations = greed, least, stall, inspirations
        self._first = None
        self._pull = 1.0

    @property
    def greed(self) -> float:
        return self._least + (self._greed - self._least) * min(1.0, self._pull / self._stall)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        best, elites, greed = self._grid.best(), self._grid.elites(), self.greed

        def pick() -> Known:
            return best if best and rng.random() < greed else selection.tournament(elites, 3, rng)

        return self.propose(view, rng, pick, inspirations=self._inspirations, among=elites)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        verdict = super().tell(candidate, evaluation)
        best = self._grid.best()
        if best is None: return verdict
        if self._first is None:
            self._first = best.evaluation.fitness
        total = best.evaluation.fitness - self._first
        self._pull = .95 * self._pull + .05 * (verdict.gain / total if verdict.gain else 0.0)
        return verdict
