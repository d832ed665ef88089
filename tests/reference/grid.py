"""A grid archive that is obviously right: it keeps everything and works every answer out anew."""

from collections.abc import Sequence
from fractions import Fraction

from evoengine.archives import CategoryAxis, NumericAxis
from evoengine.types import Known, Verdict


class ReferenceGrid:
    def __init__(self, axes: Sequence[NumericAxis | CategoryAxis], offset: float = 0.0) -> None:
        self.axes = axes
        self.offset = offset
        self.history: list[Known] = []

    def cell_of(self, known: Known) -> tuple[int, ...]:
        return tuple(self.bin_of(axis, known.evaluation.measures[axis.name]) for axis in self.axes)

    def bin_of(self, axis, value) -> int:
        if isinstance(axis, CategoryAxis):
            return axis.categories.index(value)
        if value < axis.edges[0]:
            return 0
        for i in range(axis.bins):
            if axis.edges[i] <= value < axis.edges[i + 1]:
                return i
        return axis.bins - 1

    def elite_of(self, cell: tuple[int, ...]) -> Known | None:
        elite = None
        for known in self.history:
            if self.cell_of(known) == cell and (elite is None or beats(known, elite)):
                elite = known
        return elite

    def occupied(self) -> list[tuple[int, ...]]:
        cells = []
        for known in self.history:
            if self.cell_of(known) not in cells:
                cells.append(self.cell_of(known))
        return cells

    def elites(self) -> list[Known]:
        return [self.elite_of(cell) for cell in self.occupied()]

    def best(self) -> Known | None:
        fittest = None
        for known in self.history:
            if fittest is None or known.evaluation.fitness > fittest.evaluation.fitness:
                fittest = known
        return fittest

    def insert(self, known: Known) -> Verdict:
        if known.evaluation.status != "ok":
            return Verdict("rejected")
        cell = self.cell_of(known)
        before = self.elite_of(cell)
        self.history.append(known)
        fitness = known.evaluation.fitness
        if before is None:
            return Verdict("new", max(0.0, fitness - self.offset), cell)
        if self.elite_of(cell) is known:
            gain = fitness - before.evaluation.fitness
            return Verdict("improved", gain, cell, evicted=(before.candidate.id,))
        same = before.candidate.digest == known.candidate.digest
        return Verdict("duplicate" if same else "rejected", 0.0, cell)

    def clipped(self) -> int:
        count = 0
        for known in self.history:
            for axis in self.axes:
                if isinstance(axis, NumericAxis):
                    value = known.evaluation.measures[axis.name]
                    count += value < axis.edges[0] or value > axis.edges[-1]
        return count

    def stats(self) -> dict[str, float]:
        cells = 1
        for axis in self.axes:
            cells *= axis.bins
        elites = self.elites()
        exact = [Fraction(known.evaluation.fitness) for known in elites]
        score = float(sum(exact) - len(elites) * Fraction(self.offset))
        figures = {
            "num_elites": len(elites),
            "coverage": len(elites) / cells,
            "qd_score": score,
            "norm_qd_score": score / cells,
            "clipped": self.clipped(),
        }
        if elites:
            figures["best"] = float(max(exact))
            figures["mean"] = float(sum(exact) / len(exact))
        return figures


def beats(known: Known, elite: Known) -> bool:
    fitter = known.evaluation.fitness > elite.evaluation.fitness
    return fitter and known.candidate.digest != elite.candidate.digest
