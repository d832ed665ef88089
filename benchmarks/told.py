"""What the benchmarks tell to archives, and the telling."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from evoengine.archives import GridArchive
from evoengine.ports import Archive
from evoengine.problem import Measure
from evoengine.types import Candidate, Evaluation, Known


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
            Evaluation(f"{i}-0", "ok", value, {"a": a, "b": b, "fitness": value}, {"a": a, "b": b}),
        )
        for i, (value, a, b) in enumerate(told)
    ]


def scored_by_case(count: int, cases: Sequence[str]) -> list[Known]:
    """Make candidates with independent scores on every case, so that nearly all of them enter the front."""
    told = candidates(count, seed=3)
    scores = np.random.default_rng(3).random((count, len(cases))).tolist()
    return [
        replace(known, evaluation=replace(known.evaluation, cases=dict(zip(cases, row, strict=True))))
        for known, row in zip(told, scores, strict=True)
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
