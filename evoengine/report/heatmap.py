"""Which cells of the measures' grid a run has filled, and how well, as text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evoengine.archives import CategoryAxis, NumericAxis, make_axis
from evoengine.errors import ConfigError
from evoengine.problem import Measure
from evoengine.report.formats import clip, number
from evoengine.types import Known

SHADES = ".:-=+*#%@"
"""From the worst elite shown to the best; an empty cell is blank."""

_LABEL = 10


@dataclass(frozen=True, slots=True)
class Heatmap:
    """The best fitness in each cell of two measures (one: a single row).

    Attributes
    ----------
    x, y
        The measures along and up; `y` is None for a single row.
    cells
        Fitness and candidate id of the best by (bin of x, bin of y); the earliest of equals.
    shape
        The numbers of bins (of x, of y).
    """

    x: Measure
    y: Measure | None
    shape: tuple[int, int]
    cells: Mapping[tuple[int, int], tuple[float, str]]

    @property
    def coverage(self) -> float:
        """The filled share of the cells."""
        return len(self.cells) / (self.shape[0] * self.shape[1])


def make_heatmap(
    measures: Sequence[Measure], candidates: Iterable[Known], x: str = "", y: str = ""
) -> Heatmap:
    """Put the scored candidates into the cells of two measures; by default the problem's first two.

    Raises
    ------
    ConfigError
        The problem has no measures, or none of that name, or one is asked for twice.
    """
    along, up = _pick(measures, x, y)
    axes = make_axis(along), make_axis(up) if up else None
    cells: dict[tuple[int, int], tuple[float, str]] = {}
    for known in candidates:
        fitness, values = known.evaluation.fitness, known.evaluation.measures
        if not known.evaluation.ok or fitness is None:
            continue
        column = axes[0].locate(values[along.name])[0]
        row = axes[1].locate(values[axes[1].name])[0] if axes[1] else 0
        if (column, row) not in cells or fitness > cells[column, row][0]:
            cells[column, row] = fitness, known.candidate.id
    return Heatmap(along, up, (axes[0].bins, axes[1].bins if axes[1] else 1), cells)


def _pick(measures: Sequence[Measure], x: str, y: str) -> tuple[Measure, Measure | None]:
    if not measures:
        raise ConfigError(
            "the problem declares no measures, so there is no grid to show",
            cure="add [[measures]] to problem.toml; `evoengine top` lists the best candidates",
        )
    by_name = {measure.name: measure for measure in measures}
    known = ", ".join(by_name)
    for name in filter(None, (x, y)):
        if name not in by_name:
            raise ConfigError(f"no measure is called {name!r}", cure=f"choose from {known}")
    if len(measures) == 1:
        return measures[0], None
    if x and x == y:
        raise ConfigError(f"one measure cannot be both axes: {x!r}", cure=f"choose two from {known}")
    along = by_name[x] if x else next(measure for measure in measures if measure.name != y)
    return along, by_name[y] if y else next(measure for measure in measures if measure is not along)


def draw_heatmap(heatmap: Heatmap, *, width: int = 80) -> str:
    """Draw a heatmap in at most `width` columns; cells that do not fit one each are drawn together.

    A character stands for the best of its cells. The shade goes by rank of fitness, so that one poor
    elite does not make all others look alike.
    """
    columns, rows = heatmap.shape
    stride = -(-columns // max(1, width - _LABEL - 3))
    best: dict[tuple[int, int], float] = {}
    for (column, row), (fitness, _) in heatmap.cells.items():
        place = column // stride, row
        best[place] = max(best.get(place, fitness), fitness)
    levels = sorted(set(best.values()))
    shade = {fitness: _shade(rank, len(levels)) for rank, fitness in enumerate(levels)}
    across = range(-(-columns // stride))
    wide = max(1, min(3, (width - _LABEL - 3) // len(across))) if stride == 1 else 1
    lines = [
        f"{_label(heatmap.y, row):>{_LABEL}} |"
        + "".join((shade[best[c, row]] if (c, row) in best else " ") * wide for c in across)
        + "|"
        for row in reversed(range(rows))
    ]
    low, high = _label(heatmap.x, 0), _label(heatmap.x, columns)
    lines.append(" " * (_LABEL + 2) + low + high.rjust(max(1, len(across) * wide - len(low))))
    axes = f"across: {heatmap.x.name}" + (f"   up: {heatmap.y.name}" if heatmap.y else "")
    filled = f"{len(heatmap.cells)}/{columns * rows} cells ({100 * heatmap.coverage:.1f}%)"
    scale = f"{SHADES[0]} {number(levels[0])}  {SHADES[-1]} {number(levels[-1])}" if levels else "empty"
    return "\n".join(clip(line.rstrip(), width) for line in [*lines, axes, f"{filled}   fitness {scale}"])


def _shade(rank: int, levels: int) -> str:
    return SHADES[-1] if levels == 1 else SHADES[rank * (len(SHADES) - 1) // (levels - 1)]


def _label(measure: Measure | None, edge: int) -> str:
    """Give the lower edge of a bin, or the name of a category."""
    if measure is None:
        return ""
    axis = make_axis(measure)
    if isinstance(axis, NumericAxis):
        return number(axis.edges[edge], 4)
    assert isinstance(axis, CategoryAxis)
    return clip(axis.categories[min(edge, axis.bins - 1)], _LABEL)
