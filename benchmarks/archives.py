"""How fast archives and selection are: ``python -m benchmarks.archives [--json]``.

Every time is also given as a ratio to one step of a calibration loop run right beside it, so that
figures from different machines can be compared. pyribs is timed in the same run where it is installed.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np

from evoengine import selection
from evoengine.archives import GridArchive, Islands, PopulationArchive
from evoengine.ports import Archive
from evoengine.types import Candidate, Evaluation, Known, Measure

TOLD = 100_000
REPLAYED = 1_000_000
REPEATS = 3


@dataclass(frozen=True)
class Row:
    """One measurement.

    `microseconds` are those of one insert, one replayed evaluation or one choice, `ratio` is theirs to one
    step of the calibration loop, and `target` says how many microseconds they may be at most.
    """

    name: str
    microseconds: float
    ratio: float
    target: float | None


def calibration() -> float:
    """Give the seconds of one step of a plain loop: a tuple, a dictionary entry, a comparison."""
    steps = 200_000
    found: dict[tuple[int, int], float] = {}
    best = -1.0
    start = perf_counter()
    for i in range(steps):
        cell = (i % 97, i % 89)
        found[cell] = float(i)
        best = max(best, found[cell])
    return (perf_counter() - start) / steps


def measure(name: str, prepare: Callable[[], Callable[[], object]], count: int, target: float | None) -> Row:
    """Time the work that `prepare` makes ready, `count` units of it; the best of a few repeats counts."""
    seconds: list[float] = []
    ratios: list[float] = []
    for _ in range(REPEATS):
        work = prepare()
        step = calibration()
        start = perf_counter()
        work()
        seconds.append((perf_counter() - start) / count)
        ratios.append(seconds[-1] / step)
    return Row(name, min(seconds) * 1e6, min(ratios), target)


def axes(cells: int) -> list[Measure]:
    bins = round(cells**0.5)
    return [Measure("a", bins=bins), Measure("b", bins=bins)]


def columns(count: int, seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=count), {"a": rng.random(count), "b": rng.random(count)}


def candidates(count: int, seed: int) -> list[Known]:
    fitness, points = columns(count, seed)
    told = zip(fitness.tolist(), points["a"].tolist(), points["b"].tolist(), strict=True)
    return [
        Known(
            Candidate(f"{i}-0", {}, f"{seed}/{i}", operator="rewrite", proposal=i, island=i % 4),
            Evaluation(f"{i}-0", "ok", value, measures={"a": a, "b": b}),
        )
        for i, (value, a, b) in enumerate(told)
    ]


def cycled(pool: Sequence[Known]) -> Callable[[int], Known]:
    return lambda row: pool[row % len(pool)]


def filled(cells: int, pool: Sequence[Known]) -> GridArchive:
    """Make a grid that has seen as many evaluations as it has cells."""
    grid = GridArchive(axes(cells))
    grid.replay(*columns(cells, seed=1), cycled(pool))
    return grid


def inserting(make: Callable[[], Archive], told: Sequence[Known]) -> Callable[[], object]:
    archive = make()

    def work() -> None:
        for known in told:
            archive.insert(known.candidate, known.evaluation)

    return work


def replaying(cells: int, pool: Sequence[Known]) -> Callable[[], object]:
    grid = GridArchive(axes(cells))
    return partial(grid.replay, *columns(REPLAYED, seed=2), cycled(pool))


def selecting(cells: int, pool: Sequence[Known], times: int) -> Callable[[], object]:
    grid = filled(cells, pool)
    rng = np.random.default_rng(0)

    def work() -> None:
        for _ in range(times):
            parent = selection.tournament(grid.elites(), 3, rng)
            selection.inspirations(grid.elites(), 4, rng, exclude=(parent.candidate.id,))

    return work


def pyribs_adding(cells: int, told: Sequence[Known]) -> Callable[[], object]:
    bins = round(cells**0.5)
    archive: Any = import_module("ribs.archives").GridArchive(
        solution_dim=(), dims=[bins, bins], ranges=[(0.0, 1.0)] * 2
    )
    points = [(known.evaluation.fitness, list(known.evaluation.measures.values())) for known in told]

    def work() -> None:
        for row, (fitness, measures) in enumerate(points):
            archive.add_single(row, fitness, measures)

    return work


def run() -> Iterator[Row]:
    """Take every measurement."""
    told = candidates(TOLD, seed=0)
    for cells in (100, 1_000_000):
        grid = partial(filled, cells, told)
        yield measure(f"insert, grid of {cells:,} cells", partial(inserting, grid, told), TOLD, 10.0)
    for rule in ("worst", "oldest", "slot"):
        population = partial(PopulationArchive, 1000, replacement=rule)
        yield measure(
            f"insert, population of 1,000, {rule}", partial(inserting, population, told), TOLD, None
        )
    islands = partial(Islands, partial(GridArchive, axes(10_000)), 4, migrate_every=1000)
    yield measure("insert, 4 islands of 10,000 cells", partial(inserting, islands, told), TOLD, None)
    for cells in (100, 10_000, 1_000_000):
        work = partial(replaying, cells, told)
        yield measure(f"replay of {REPLAYED:,}, {cells:,} cells", work, REPLAYED, 1.0)
    for cells in (100, 1_000_000):
        work = partial(selecting, cells, told, 2000)
        yield measure(f"parent and 4 inspirations, {cells:,} cells", work, 2000, 50.0)
    if find_spec("ribs"):
        for cells in (100, 1_000_000):
            work = partial(pyribs_adding, cells, told[:2000])
            yield measure(f"pyribs add_single, {cells:,} cells", work, 2000, None)


def main(arguments: Sequence[str]) -> None:
    """Print the measurements as a table, or with ``--json`` as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archives", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    if parser.parse_args(arguments).json:
        print(json.dumps([asdict(row) for row in run()], indent=2))
        return
    print(f"{'':44}{'microseconds':>14}{'ratio':>10}{'at most':>10}")
    for row in run():
        target = "" if row.target is None else f"{row.target:.2f}"
        print(f"{row.name:44}{row.microseconds:14.2f}{row.ratio:10.2f}{target:>10}")


if __name__ == "__main__":
    main(sys.argv[1:])
