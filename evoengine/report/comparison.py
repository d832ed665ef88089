"""Recipes beside one another: a row of figures for each, over its runs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evoengine.budget import Budget
from evoengine.problem import Objective
from evoengine.report.curves import AXES, Axis, Curve
from evoengine.report.formats import number, table
from evoengine.report.lines import Panel, Series, draw_svg
from evoengine.report.rows import Row, make_row
from evoengine.report.statistics import FEWEST, LEVEL, Interval, coverage_of_range

BARS = "▁▂▃▄▅▆▇█"
_POINTS = 240
_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Compared:
    """One run of a comparison.

    Attributes
    ----------
    state
        ``done``; else why it did not come to its end: ``interrupted``, or the name of an error, of which
        `message` is the text.
    curve
        None where it is not done, or no candidate was valid.
    offspring_ok
        Valid candidates, seeds left out.
    """

    recipe: str
    seed: int
    folder: str
    state: str
    message: str = ""
    curve: Curve | None = None
    offspring_ok: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Recipes at equal cost on the same seeds.

    Attributes
    ----------
    budget
        The cost at which they are compared.
    target
        A value of the objective, or None.
    baseline
        The recipe that the others are measured against.
    """

    problem: str
    objective: Objective
    folder: str
    budget: Budget
    target: float | None
    baseline: str
    runs: Sequence[Compared]

    @property
    def recipes(self) -> Sequence[str]:
        """The recipes, in the order that they were given."""
        return list(dict.fromkeys(run.recipe for run in self.runs))

    @property
    def rows(self) -> Sequence[Row]:
        """The figures of every recipe, the best median first; of equals, and without one, in the order given."""
        sign = 1.0 if self.objective.direction == "max" else -1.0

        def worth(row: Row) -> float:
            return math.inf if row.median is None else -sign * row.median

        return sorted((self._row(recipe) for recipe in self.recipes), key=worth)

    @property
    def table(self) -> str:
        """The rows as people read them."""
        return _table(self)

    @property
    def notes(self) -> Sequence[str]:
        """What has to be said beside the table: how the intervals came about, or why there are none."""
        most = max((row.finished for row in self.rows), default=0)
        if most >= FEWEST:
            return [
                f"intervals: {LEVEL:.0%}, percentile bootstrap; better: P(a run beats one of {self.baseline})"
            ]
        holds = f"; their whole range does with {coverage_of_range(most):.0%}" if most > 1 else ""
        runs = f"{most} finished run{'' if most == 1 else 's'}"
        return [
            f"no intervals: none from {runs} can hold the median with {LEVEL:.0%}{holds}; run {FEWEST} seeds or more"
        ]

    def frame(self) -> list[dict[str, Any]]:
        """Give the rows as plain data: ``pandas.DataFrame(comparison.frame())``."""
        return [asdict(row) for row in self.rows]

    def to_json(self) -> dict[str, Any]:
        """Give all of it as plain data, with a line for every run."""
        return {
            "problem": self.problem,
            "objective": self.objective.name,
            "direction": self.objective.direction,
            "unit": self.objective.unit,
            "folder": self.folder,
            "budget": self.budget.to_body(),
            "target": self.target,
            "baseline": self.baseline,
            "recipes": self.frame(),
            "runs": [self._run_json(run) for run in self.runs],
        }

    def plot(self) -> str:
        """Give an SVG: the median best so far of every recipe with its quartiles, against what was spent.

        One panel for evaluations, and one for dollars where any were spent.
        """
        return draw_svg(
            f"{self.problem}: best so far, median and quartiles over finished runs",
            [self._panel(axis) for axis in AXES if self._most(axis) > 0.0],
        )

    def sketch(self, width: int = _WIDTH) -> str:
        """Give the median curves over evaluations as one line of bars each, the same scale for all."""
        sampled = {row.recipe: self._sampled(row.recipe, "evaluations", width)[1] for row in self.rows}
        curves = {recipe: middle for recipe, (_, middle, _) in sampled.items() if len(middle)}
        if not curves:
            return ""
        low = min(min(curve) for curve in curves.values())
        high = max(max(curve) for curve in curves.values())
        scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
        wide = max(map(len, curves))
        lines = [
            f"{recipe:<{wide}} |{''.join(BARS[round((value - low) * scale)] for value in curve)}| {number(curve[-1], 6)}"
            for recipe, curve in curves.items()
        ]
        scales = f"0 to {self._most('evaluations'):g} evaluations; {BARS[0]} {number(low, 6)}  {BARS[-1]} {number(high, 6)}"
        return "\n".join([*lines, f"{'':<{wide}}  {scales}"])

    def _curves(self, recipe: str) -> list[Curve]:
        return [run.curve for run in self.runs if run.recipe == recipe and run.curve is not None]

    def _length(self) -> int:
        """Give the evaluations that areas are over: the budget's, or those of the shortest run."""
        shortest = min((r.curve.total.evaluations for r in self.runs if r.curve is not None), default=1)
        return self.budget.evaluations or shortest

    def _most(self, axis: Axis) -> float:
        spent = [float(getattr(run.curve.total, axis)) for run in self.runs if run.curve is not None]
        return max(spent, default=0.0)

    def _row(self, recipe: str) -> Row:
        ours = [run for run in self.runs if run.recipe == recipe]
        theirs = [] if recipe == self.baseline else self._curves(self.baseline)
        return make_row(
            Row(recipe, sum(run.state == "done" for run in ours), len(ours)),
            self._curves(recipe),
            theirs,
            objective=self.objective,
            evaluations=self._length(),
            target=self.target,
        )

    def _run_json(self, run: Compared) -> dict[str, Any]:
        curve = run.curve
        usage = None if curve is None or self.target is None else curve.first(self.target, self.objective)
        return {
            "recipe": run.recipe,
            "seed": run.seed,
            "folder": run.folder,
            "state": run.state,
            "message": run.message,
            "offspring_ok": run.offspring_ok,
            "value": None if curve is None else curve.value,
            "area": None if curve is None else curve.area(self._length()),
            "evaluations": None if curve is None else curve.total.evaluations,
            "dollars": None if curve is None else curve.total.dollars,
            "evaluations_to_target": None if usage is None else usage.evaluations,
            "dollars_to_target": None if usage is None else usage.dollars,
        }

    def _sampled(self, recipe: str, axis: Axis, points: int) -> tuple[list[float], Sequence[list[float]]]:
        """Give what was spent, and there the first quartile, the median and the third quartile of the values."""
        curves = self._curves(recipe)
        if not curves:
            return [], ([], [], [])
        spent = np.linspace(0.0, self._most(axis), points)
        values = np.array([curve.at(axis, spent) for curve in curves])
        bands = np.percentile(values, [25.0, 50.0, 75.0], axis=0).tolist()
        return spent.tolist(), bands

    def _panel(self, axis: Axis) -> Panel:
        unit = f" ({self.objective.unit})" if self.objective.unit else ""
        series = [
            Series(row.recipe, spent, *bands)
            for row in self.rows
            for spent, bands in [self._sampled(row.recipe, axis, _POINTS)]
            if spent
        ]
        better = "higher" if self.objective.direction == "max" else "lower"
        return Panel(axis, f"{self.objective.name}{unit}, {better} is better", series)


def _range(interval: Interval | None, digits: int = 5) -> str:
    return "-" if interval is None else f"{number(interval[0], digits)} .. {number(interval[1], digits)}"


def _table(comparison: Comparison) -> str:
    rows = comparison.rows
    columns: Mapping[str, Sequence[str]] = {
        "recipe": [r.recipe + ("  (baseline)" if r.recipe == comparison.baseline else "") for r in rows],
        "runs": [f"{r.finished}/{r.runs}" for r in rows],
        "median": [number(r.median) for r in rows],
        "quartiles": [_range(r.quartiles) for r in rows],
        f"{LEVEL:.0%} interval": [_range(r.interval) for r in rows],
        "better": [number(r.better, 2) for r in rows],
        f"{LEVEL:.0%} of it": [_range(r.better_interval, 2) for r in rows],
        "area": [number(r.area) for r in rows],
    }
    shown = dict(columns)
    if any(r.dollars for r in rows):
        shown["dollars"] = [number(r.dollars, 3) for r in rows]
    if comparison.target is not None:
        shown["reached"] = ["-" if r.reached is None else f"{r.reached}/{r.finished}" for r in rows]
        shown["evaluations to it"] = [number(r.evaluations_to_target) for r in rows]
        if any(r.dollars for r in rows):
            shown["dollars to it"] = [number(r.dollars_to_target, 3) for r in rows]
    return table(list(shown), [list(line) for line in zip(*shown.values(), strict=True)])
