"""How fast archives and selection are: ``python -m benchmarks.archives [--json]``.

Times are of the processor, so that other work on the machine counts for little. Each is also given as a
ratio to one step of a calibration loop run right beside it, so that figures from different machines can be
compared. pyribs is timed in the same run where it is installed.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from time import process_time
from typing import Any

import numpy as np

from benchmarks.told import axes, candidates, columns, cycled, filled, inserting, scored_by_case
from evoengine import selection
from evoengine.archives import (
    CaseFront,
    ClusterArchive,
    CvtArchive,
    DominatedNoveltyArchive,
    GridArchive,
    Islands,
    NoveltyArchive,
    ParetoFront,
    ParetoGrid,
    PopulationArchive,
    RankedPopulation,
    TreeArchive,
    centroids,
)
from evoengine.ports import Archive
from evoengine.problem import Objective
from evoengine.types import Known

TOLD = 100_000
FEW = 5_000
"""Told where an insert takes long."""
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
    start = process_time()
    for i in range(steps):
        cell = (i % 97, i % 89)
        found[cell] = float(i)
        best = max(best, found[cell])
    return (process_time() - start) / steps


def measure(name: str, prepare: Callable[[], Callable[[], object]], count: int, target: float | None) -> Row:
    """Time the work that `prepare` makes ready, `count` units of it; the best of a few repeats counts."""
    seconds: list[float] = []
    ratios: list[float] = []
    for _ in range(REPEATS):
        work = prepare()
        step = calibration()
        start = process_time()
        work()
        seconds.append((process_time() - start) / count)
        ratios.append(seconds[-1] / step)
    return Row(name, min(seconds) * 1e6, min(ratios), target)


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


def choosing(choose: Callable[[np.random.Generator], object], times: int) -> Callable[[], object]:
    rng = np.random.default_rng(0)

    def work() -> None:
        for _ in range(times):
            choose(rng)

    return work


def pyribs_adding(kind: str, told: Sequence[Known], options: dict[str, Any]) -> Callable[[], object]:
    archive: Any = getattr(import_module("ribs.archives"), kind)(solution_dim=(), **options)
    points = [(known.evaluation.fitness, list(known.evaluation.measures.values())) for known in told]

    def work() -> None:
        for row, (fitness, measures) in enumerate(points):
            archive.add_single(row, fitness, measures)

    return work


def grids(told: Sequence[Known]) -> Iterator[Row]:
    """Time cells, populations and islands."""
    for cells in (100, 1_000_000):
        grid = partial(filled, cells, told)
        yield measure(f"insert, grid of {cells:,} cells", partial(inserting, grid, told), TOLD, 10.0)
    deep = partial(GridArchive, axes(10_000), depth=4, confidence=1.64)
    yield measure("insert, 10,000 cells, depth 4, bounds", partial(inserting, deep, told), TOLD, None)
    for cells in (1000, 100_000):
        given = centroids(axes(cells), cells, method="halton")
        cvt = partial(CvtArchive, axes(cells), given)
        yield measure(f"insert, CVT of {cells:,} cells", partial(inserting, cvt, told[:FEW]), FEW, None)
    for rule in ("worst", "oldest", "slot"):
        population = partial(PopulationArchive, 1000, replacement=rule)
        yield measure(
            f"insert, population of 1,000, {rule}", partial(inserting, population, told), TOLD, None
        )
    islands = partial(Islands, partial(GridArchive, axes(10_000)), 4, migrate_every=1000, reset_every=30_000)
    yield measure("insert, 4 islands of 10,000 cells", partial(inserting, islands, told), TOLD, None)
    for name, kind in (("tree", TreeArchive), ("clusters", ClusterArchive)):
        yield measure(f"insert, {name}", partial(inserting, kind, told), TOLD, None)
    for cells in (100, 10_000, 1_000_000):
        work = partial(replaying, cells, told)
        yield measure(f"replay of {REPLAYED:,}, {cells:,} cells", work, REPLAYED, 1.0)


def fronts(told: Sequence[Known]) -> Iterator[Row]:
    """Time fronts and novelty archives."""
    goals = (Objective("a"), Objective("b", "min"), Objective("fitness"))
    kinds: dict[str, Callable[[], Archive]] = {
        "Pareto front of 3 objectives": partial(ParetoFront, goals),
        "Pareto front, at most 100": partial(ParetoFront, goals, capacity=100),
        "10,000 cells of at most 10": partial(ParetoGrid, axes(10_000), goals[1:], capacity=10),
        "NSGA-II population of 100": partial(RankedPopulation, goals, 100),
        "novelty, k = 15": partial(NoveltyArchive, axes(4), threshold=0.02),
        "dominated novelty of 1,000": partial(DominatedNoveltyArchive, axes(4), 1000),
    }
    for name, make in kinds.items():
        yield measure(f"insert, {name}", partial(inserting, make, told[:FEW]), FEW, None)
    cases = [f"case {i}" for i in range(1000)]
    by_case = scored_by_case(1000, cases)
    work = partial(inserting, partial(CaseFront, cases), by_case)
    yield measure("insert, front of 1,000 cases", work, 1000, 500.0)
    front = CaseFront(cases)
    for known in by_case:
        front.insert(known.candidate, known.evaluation)

    def by_frequency(rng: np.random.Generator) -> object:
        return selection.frontier_frequency(front.elites(), front.frequencies, rng)

    def by_lexicase(rng: np.random.Generator) -> object:
        return selection.lexicase(front.elites(), front.scores, rng)

    rules = {"frontier frequency": (by_frequency, 50.0), "epsilon-lexicase": (by_lexicase, None)}
    for name, (choose, target) in rules.items():
        label = f"{name}, {len(front)} of 1,000 cases"
        yield measure(label, partial(choosing, choose, 500), 500, target)


def choices(told: Sequence[Known]) -> Iterator[Row]:
    """Time the choice of parents."""
    for cells in (100, 1_000_000):
        work = partial(selecting, cells, told, 2000)
        yield measure(f"parent and 4 inspirations, {cells:,} cells", work, 2000, 50.0)
    clusters = ClusterArchive()
    for known in told[:1000]:
        clusters.insert(known.candidate, known.evaluation)

    def by_cluster(rng: np.random.Generator) -> object:
        return selection.cluster_softmax(clusters.clusters, clusters.scores, 0.1, rng)

    def by_children(rng: np.random.Generator) -> object:
        return selection.median_novelty(told[:40], {}, rng)

    def by_bound(_: np.random.Generator) -> object:
        return selection.upper_bound([1.0, 2.0, 3.0, 4.0], [10, 10, 10, 10])

    rules = {
        "cluster softmax, 1,000 clusters": by_cluster,
        "score x novelty, archive of 40": by_children,
        "upper bound, 4 islands": by_bound,
    }
    for name, choose in rules.items():
        yield measure(name, partial(choosing, choose, 2000), 2000, 50.0)


def pyribs(told: Sequence[Known]) -> Iterator[Row]:
    """Time the same inserts into the archives of pyribs."""
    unit = [(0.0, 1.0)] * 2
    for cells in (100, 1_000_000):
        options = {"dims": [round(cells**0.5)] * 2, "ranges": unit}
        work = partial(pyribs_adding, "GridArchive", told[:2000], options)
        yield measure(f"pyribs add_single, {cells:,} cells", work, 2000, None)
    for cells in (1000, 100_000):
        given = centroids(axes(cells), cells, method="halton")
        options = {"centroids": given, "ranges": unit}
        work = partial(pyribs_adding, "CVTArchive", told[:2000], options)
        yield measure(f"pyribs add_single, CVT of {cells:,} cells", work, 2000, None)
    options = {"measure_dim": 2, "k_neighbors": 15, "novelty_threshold": 0.02, "local_competition": True}
    work = partial(pyribs_adding, "ProximityArchive", told[:FEW], options)
    yield measure("pyribs add_single, novelty, k = 15", work, FEW, None)
    options = {"measure_dim": 2, "k_neighbors": 3, "capacity": 1000}
    work = partial(pyribs_adding, "DNSArchive", told[:1200], options)
    yield measure("pyribs add_single, dominated novelty of 1,000", work, 1200, None)


def run() -> Iterator[Row]:
    """Take every measurement."""
    told = candidates(TOLD, seed=0)
    for group in (grids, fronts, choices, *((pyribs,) if find_spec("ribs") else ())):
        yield from group(told)


def main(arguments: Sequence[str]) -> None:
    """Print the measurements as a table, or with ``--json`` as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archives", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    if parser.parse_args(arguments).json:
        print(json.dumps([asdict(row) for row in run()], indent=2))
        return
    print(f"{'':48}{'microseconds':>14}{'ratio':>10}{'at most':>10}")
    for row in run():
        target = "" if row.target is None else f"{row.target:.2f}"
        print(f"{row.name:48}{row.microseconds:14.2f}{row.ratio:10.2f}{target:>10}")


if __name__ == "__main__":
    main(sys.argv[1:])
