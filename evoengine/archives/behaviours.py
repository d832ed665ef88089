"""How unlike all others a candidate behaves."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evoengine.problem import Measure, Problem
from evoengine.text.hashed import hashed
from evoengine.types import Known

SIZE = 64
"""Features of a text, where a problem has no measures."""


class Novelty:
    """The mean distance to the nearest behaviours of all that was told; higher is more novel.

    Lehman and Stanley 2011, "Abandoning objectives", section 3, with every behaviour kept. A behaviour is the
    problem's measures, numbers scaled to [0, 1] by their ranges and each category a coordinate; without
    measures, the hashed text.

    Parameters
    ----------
    neighbours
        How many of the nearest count; the candidate itself is left out.
    """

    def __init__(self, problem: Problem, neighbours: int) -> None:
        if neighbours < 1:
            raise ValueError(f"neighbours must be at least 1, not {neighbours}")
        self._measures = problem.measures
        self._neighbours = neighbours
        self._rows: list[NDArray[np.float64]] = []

    def add(self, known: Known) -> None:
        """Take in a valid candidate."""
        self._rows.append(self._behaviour(known))

    def of(self, members: Sequence[Known]) -> NDArray[np.float64]:
        """Give the novelty of members that were all taken in, shape ``(n,)``."""
        rows = np.array(self._rows)
        behaviours = [self._behaviour(known) for known in members]
        nearest = [np.sort(np.linalg.norm(rows - b, axis=1))[1 : self._neighbours + 1] for b in behaviours]
        return np.array([float(found.mean()) if len(found) else 0.0 for found in nearest])

    def _behaviour(self, known: Known) -> NDArray[np.float64]:
        if not self._measures:
            return hashed(known.candidate.genome, SIZE)
        found = known.evaluation.measures
        return np.array([x for measure in self._measures for x in _coordinates(measure, found[measure.name])])


def _coordinates(measure: Measure, value: float | str) -> list[float]:
    if isinstance(value, str):
        return [float(value == category) for category in measure.categories]
    low, high = (measure.edges[0], measure.edges[-1]) if measure.edges else (measure.low, measure.high)
    return [(value - low) / (high - low)]
