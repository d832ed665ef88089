"""Defects planted in the archives' own source: the properties must catch every one of them."""

import inspect
import sys
from collections.abc import Sequence
from functools import reduce
from types import ModuleType

import pytest
from hypothesis import Phase, given, settings

from evoengine import archives
from evoengine.archives import axes, binning, cells, grid, statistics
from tests.property.archive_checks import CHECKS, scripts

SEARCH = "return bisect_right(self._inner, value), "
RANGE = "(self.edges[-1] - self.edges[0])"
WIDTH = "(self.edges[1] - self.edges[0])"

MUTANTS = {
    "a tie goes to the later": (cells, "if worth <= beaten:", "if worth < beaten:"),
    "a tie for the best goes to the later": (
        cells,
        "worth > lower_bound(self._best.evaluation, self.confidence):\n            self._best = known",
        "worth >= lower_bound(self._best.evaluation, self.confidence):\n            self._best = known",
    ),
    "the last tie wins in a replay": (
        cells,
        "np.lexsort((-values, *bins))",
        "np.lexsort((-np.arange(len(values)), -values, *bins))",
    ),
    "a replay takes a tie with what is there": (
        cells,
        "value > fitness_of(self._elites[position].evaluation)",
        "value >= fitness_of(self._elites[position].evaluation)",
    ),
    "a replay forgets the order of occupation": (
        cells,
        "rows = rows[np.argsort(np.minimum.reduceat(order, starts))]",
        "rows = rows[np.argsort(rows)]",
    ),
    "a replay orders by fitness upwards": (cells, "np.lexsort((-values, ", "np.lexsort((values, "),
    "a replay does not count what it clips": (
        binning,
        "clipped += outside\n        return table",
        "clipped += 0\n        return table",
    ),
    "rounding to the nearest bin": (
        axes,
        SEARCH,
        f"return max(0, min(self.bins - 1, round((value - self.edges[0]) / {WIDTH} - 0.5))), ",
    ),
    "arithmetic in place of the edges": (
        axes,
        SEARCH,
        f"return int(max(0.0, min(self.bins - 1.0, self.bins * (value - self.edges[0]) / {RANGE}))), ",
    ),
    "arithmetic in another order": (
        axes,
        SEARCH,
        f"return int(max(0.0, min(self.bins - 1.0, (value - self.edges[0]) / {RANGE} * self.bins))), ",
    ),
    "an edge belongs to the bin below": (
        axes,
        SEARCH,
        "return int(np.searchsorted(self._inner, value, side='left')), ",
    ),
    "an edge of a column belongs to the bin below": (axes, 'column, side="right")', 'column, side="left")'),
    "no clipping": (axes, SEARCH, "return bisect_right(self.edges, value) - 1, "),
    "no clipping of a column": (
        axes,
        'np.searchsorted(self._inner, column, side="right")',
        'np.searchsorted(self.edges, column, side="right") - 1',
    ),
    "a cast to 32 bits before clipping": (
        axes,
        SEARCH,
        "return bisect_right(self._inner, int(np.float64(value)) + value % 1 if abs(value) < 2**31 else 0.0), ",
    ),
    "the ends count as outside": (axes, "not self.edges[0] <= value <=", "not self.edges[0] < value <"),
    "nothing counts as clipped": (cells, "self._clipped += clipped\n        if candidate", "if candidate"),
    "no finite check of the fitness": (
        statistics,
        "fitness is None or not isfinite(fitness)",
        "fitness is None",
    ),
    "no finite check of a measure": (
        axes,
        "isinstance(value, str) or not isfinite(value)",
        "isinstance(value, str)",
    ),
    "no finite check of a column": (axes, "if not np.isfinite(column).all():", "if False:"),
    "no finite check of a column of fitness": (cells, " or not np.isfinite(values).all()", ""),
    "a refused candidate leaves a trace": (
        cells,
        "worth = lower_bound(evaluation, self.confidence)\n",
        "self._clipped += 1\n        worth = lower_bound(evaluation, self.confidence)\n        self._clipped -= 1\n",
    ),
    "the old fitness is forgotten in the gain": (
        cells,
        "worth - beaten, cell",
        "worth - self.offset, cell",
    ),
    "a new cell's gain ignores the offset": (cells, "max(0.0, worth - self.offset)", "max(0.0, worth)"),
    "the best is stale after an improvement": (
        cells,
        "if self._best is None or worth > lower_bound(self._best.evaluation, self.confidence):",
        "if self._best is None or (position is None and worth > lower_bound(self._best.evaluation, 0.0)):",
    ),
    "the best is stale after a replay": (
        cells,
        "if self._best is None or values[top] > fitness_of(self._best.evaluation):",
        "if self._best is None:",
    ),
    "the QD score ignores the offset": (
        cells,
        "qd_score(self._elites, self.offset)",
        "qd_score(self._elites)",
    ),
    "a copy counts as rejected": (cells, 'Verdict("duplicate", 0.0, cell)', 'Verdict("rejected", 0.0, cell)'),
    "an inexact sum": (statistics, "return fsum(values)", "return sum_naively(values)"),
    "a new elite is put last": (
        cells,
        "self._elites[position] = known",
        "self._elites[position:] = [*self._elites[position + 1 :], known]",
    ),
}


SYMPTOMS = (AssertionError, pytest.fail.Exception, LookupError, ArithmeticError, ValueError)
"""What a property reports. Anything else is a mistake in the mutant, not a defect found."""


CHAIN = (statistics, axes, binning, cells, grid)
"""Each uses only those before it."""


def planted(module: ModuleType, old: str, new: str, chain: Sequence[ModuleType] = CHAIN) -> ModuleType:
    """Run a module's source with one defect, and whatever comes after it in the chain anew; give the last."""
    source = inspect.getsource(module)
    assert source.count(old) == 1, f"the source has changed: it holds {old!r} {source.count(old)} times"
    first = chain.index(module)
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        for each in chain[first:]:
            text = source.replace(old, new) if each is module else inspect.getsource(each)
            mutant = made[each] = ModuleType(each.__name__)
            mutant.sum_naively = lambda values: reduce(
                float.__add__, values, 0.0
            )  # `sum` compensates since 3.12
            # Data classes look their module up.
            patch.setitem(sys.modules, each.__name__, mutant)
            patch.setattr(archives, each.__name__.rpartition(".")[2], mutant)
            exec(compile(text, each.__file__, "exec"), vars(mutant))
    return made[chain[-1]]


def is_caught(grid_class: type) -> bool:
    """Whether some property fails for it."""

    @settings(
        max_examples=300,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    @given(scripts())
    def run(script):
        for check in CHECKS:
            check(grid_class, script)

    try:
        run()
    except SYMPTOMS:
        return True
    return False


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_defect_is_caught(name):
    assert is_caught(planted(*MUTANTS[name]).GridArchive)


def test_the_grid_without_a_defect_passes():
    assert not is_caught(planted(cells, "Judge a candidate against", "Judge a candidate against").GridArchive)
