"""What a candidate may be measured by beside its score, and weighted sums of it."""

import re
from collections.abc import Collection, Mapping

import numpy as np

from evoengine.archives.statistics import goals_of
from evoengine.problem import Problem
from evoengine.text.metrics import similarity_to_seed, token_count
from evoengine.types import Known


class Aspects:
    """The fitness, the problem's objectives but the first, brevity and variety; more of each is better."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._others = problem.objectives[1:]
        self.meanings: Mapping[str, str] = {
            "score": "what the evaluation gives it",
            **{f"{objective.name} score": f"its {objective.name}" for objective in self._others},
            "brevity": "it has few words",
            "variety": "it is worded unlike what the search began with",
        }

    def weights(self, text: str) -> dict[str, float]:
        """Read lines ``name: weight``; a weight is at most 1, and that of the score always is, lest it be lost sight of."""
        read: dict[str, float] = {}
        for name in self.meanings:
            line = re.search(rf"^\W*{re.escape(name)}\W*?[:=][^\w.\n]*(\d*\.?\d+)", text, re.MULTILINE)
            if line is not None:
                read[name] = min(1.0, float(line[1]))
        return {**read, "score": 1.0}

    def worths(self, candidates: Collection[Known], weights: Mapping[str, float]) -> list[float]:
        """Give weighted sums, each aspect scaled to [0, 1] over these candidates, all scored; greater is better.

        An aspect in which all are equal is 0. Raises `ValueError` for a missing objective.
        """
        values = np.array([self._measured(known) for known in candidates])
        span = np.ptp(values, axis=0)
        scaled = (values - values.min(axis=0)) / np.where(span > 0.0, span, 1.0)
        return (scaled @ np.array([weights.get(name, 0.0) for name in self.meanings])).tolist()

    def _measured(self, known: Known) -> list[float]:
        genome, evaluation = known.candidate.genome, known.evaluation
        return [
            evaluation.fitness or 0.0,
            *goals_of(evaluation, self._others).tolist(),
            -token_count(genome, self._problem),
            -similarity_to_seed(genome, self._problem),
        ]
