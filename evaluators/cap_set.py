"""Cap sets: vectors over {0, 1, 2}, no three of them on a line, chosen by a candidate's priorities."""

import itertools
import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evaluators.gates import FloatArray, array
from evoengine.evaluation import Score, Trial

IntArray: TypeAlias = NDArray[np.int64]

PRIORITY_LIMIT = 1e100
"""Priorities of a larger magnitude are refused: they come of a mistake, and orders need none."""


class CapSet:
    """Scores a priority function by the size of the cap set that a greedy choice makes of it; higher is better.

    The candidate's ``priority(element, n)`` is called once for each of the 3^n vectors, a list of n digits
    0, 1 or 2, in lexicographic order, and gives one number of magnitude up to `PRIORITY_LIMIT`. Vectors are then added to the set in
    descending priority, the lexicographically first among equals, each if no line forbids it: three
    distinct vectors are on a line if their sum is 0 modulo 3 in every place.

    Parameters
    ----------
    dimensions
        The n of the vectors.

    Notes
    -----
    All of it is integer arithmetic, and the finished set is verified from its vectors alone, every pair
    of them against every vector: the score is exact. Measures are ``mean_weight``, the mean share of entries of
    the set's vectors that are not 0, and ``distinct``, the decimal logarithm of the number of different
    priorities. The artifact ``cap_set`` holds the set, a vector a line.

    The greedy choice is that of B. Romera-Paredes et al., "Mathematical discoveries from program search with
    large language models", Nature 625, 2024, figure 2.
    """

    def __init__(self, dimensions: int = 8) -> None:
        self.dimensions = dimensions
        self._vectors: IntArray = np.array(
            list(itertools.product((0, 1, 2), repeat=dimensions)), dtype=np.int64
        )
        self._powers: IntArray = 3 ** np.arange(dimensions - 1, -1, -1, dtype=np.int64)

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for priorities that are not finite numbers."""
        arguments = [(vector, self.dimensions) for vector in self._vectors.tolist()]
        answers = trial.map("priority", arguments)
        priorities = array(
            answers, "priority(element, n)", (len(arguments),), -PRIORITY_LIMIT, PRIORITY_LIMIT
        )
        cap = self._vectors[self._choose(priorities)]
        self._verify(cap)
        distinct = len(np.unique(priorities))
        return Score(
            objectives={"size": float(len(cap))},
            measures={
                "mean_weight": float(np.count_nonzero(cap) / cap.size),
                "distinct": math.log10(distinct),
            },
            feedback=self._feedback(cap, distinct),
            artifacts={"cap_set": "\n".join("".join(map(str, vector)) for vector in cap.tolist())},
            exact=True,
        )

    def _choose(self, priorities: FloatArray) -> list[int]:
        """Give the indices of the vectors that the greedy choice takes, in its order."""
        free = np.ones(len(priorities), dtype=np.bool_)
        chosen: list[int] = []
        for index in np.argsort(-priorities, kind="stable").tolist():
            if free[index]:
                free[self._third(self._vectors[chosen], self._vectors[index])] = False
                chosen.append(index)
        return chosen

    def _third(self, some: IntArray, other: IntArray) -> IntArray:
        """Give the index of the vector that completes the line through each two."""
        return (-(some + other) % 3) @ self._powers

    def _verify(self, cap: IntArray) -> None:
        """Check that no two vectors of the set make a line with a third one of it."""
        members = np.zeros(len(self._vectors), dtype=np.bool_)
        members[cap @ self._powers] = True
        assert members.sum() == len(cap), "a vector was chosen twice"
        for place, vector in enumerate(cap):
            others = np.delete(cap, place, axis=0)
            assert not members[self._third(others, vector)].any(), "three vectors are on a line"

    def _feedback(self, cap: IntArray, distinct: int) -> str:
        weights = np.bincount(np.count_nonzero(cap, axis=1), minlength=self.dimensions + 1).tolist()
        shown = ", ".join(f"{count} of weight {weight}" for weight, count in enumerate(weights) if count)
        return "\n".join(
            [
                f"cap set of {len(cap)} vectors in dimension {self.dimensions}, verified",
                f"by the number of entries that are not 0: {shown}",
                f"{distinct} different priorities; equal ones are taken in lexicographic order",
            ]
        )
