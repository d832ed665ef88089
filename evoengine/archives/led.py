from dataclasses import replace

from evoengine.archives.grid import GridArchive
from evoengine.archives.statistics import fitness_of
from evoengine.types import Candidate, Evaluation, Verdict


class LedGrid(GridArchive):
    """A grid that is after its best: it keeps the fittest of every cell, and a gain is what the best gains.

    Where a `GridArchive` counts what a new cell adds to its QD score, such a cell gains nothing here, so
    that whoever learns from gains learns what makes the best better.
    """

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Judge a candidate as a `GridArchive` does, but for the gain: 0 unless it becomes the best."""
        before = self.best()
        verdict = super().insert(candidate, evaluation)
        after = self.best()
        if before is None or after is None:
            return replace(verdict, gain=0.0)
        return replace(verdict, gain=max(0.0, fitness_of(after.evaluation) - fitness_of(before.evaluation)))
