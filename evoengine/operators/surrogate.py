"""Numbers by a surrogate: a Gaussian process over what is known of candidates that differ in numbers alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evoengine.effects import Conversation
from evoengine.operators.base import offer
from evoengine.operators.literals import (
    ENDINGS,
    Literal,
    Perturb,
    describe,
    literals_of,
    scale_of,
    write_literals,
)
from evoengine.operators.processes import Floats, Process
from evoengine.operators.source import parse_source
from evoengine.problem import Problem
from evoengine.text.forms import blanked
from evoengine.text.regions import is_evolvable
from evoengine.types import Draft, Genome, Known

Place: TypeAlias = tuple[str, str, int]
"""Where a number stands: its file, its line without numbers, and how many stand in such lines before it."""

Rows: TypeAlias = NDArray[np.integer[Any]]
"""For each float, which row of neighbours it stands in, shape ``(floats,)``."""

FEWEST, MOST = 8, 500
"""At least and at most so many points are drawn."""

LEAST = 1e-3
"""No deviation is less, in units of the number's size."""

FARTHEST = 1e3
"""What differs by more from the parent, in the same units, is taken to differ by this."""


@dataclass(frozen=True, slots=True)
class Surrogate:
    """Change numbers to what a Gaussian process expects to be good.

    After TuRBO (Eriksson et al. 2019, "Scalable global optimization via local Bayesian optimization"):
    of some points around the parent, the one with the greatest draw from the process is the offspring (Thompson
    sampling), or, for a share `improving`, the one that is expected to exceed the best of the data by most. Its
    data are the parent and the inspirations, matched by where their numbers stand. A point
    moves some `moved` of the floats by normal steps, or some neighbours in a list by the same one, for a list is
    often a curve, or all floats by the scaled difference of two of the
    better candidates, as differential evolution does (Storn & Price 1997), which follows ridges. In place
    of TuRBO's trust region the deviation of a float's steps is how far the better candidates are from the parent
    in it, times a log-normal factor of deviation `spread`, so that the steps narrow with the
    search and there is no state; a share `broad` of the offspring take one deviation
    for all floats, log-uniform between `smallest` and `largest`. Floats are moved and whole numbers
    only seen, each in units of its size, a float at least in the median size of the floats. Fitness counts
    by its rank, a failure as the worst. With fewer than `enough` data, or without a float, it does what `Perturb` does.

    Parameters
    ----------
    smallest, largest
        Bounds of the relative deviation that is alike for all floats.
    broad
        The share of offspring that take such a one.
    spread
        The deviation of the logarithm of the factor.
    moved
        How many floats a point of the first sort moves, on average.
    points
        How many are drawn for each float, `MOST` in all; more is greedier.
    differences
        The share of points of the third sort.
    runs
        The share of the others that are of the second: in a row of n floats those within a distance of one of them
        that is log-uniform from 1/2 to n/2.
    improving
        The share of offspring that are chosen by the expected improvement.
    """

    smallest: float = 0.01
    largest: float = 1.0
    broad: float = 0.45
    spread: float = 1.5
    moved: int = 5
    points: int = 10
    differences: float = 0.25
    runs: float = 0.5
    improving: float = 0.5
    enough: int = 6
    name = "surrogate"
    arity = 1

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        genome = parents[0].candidate.genome
        numbers = _numbers(problem, genome)
        floats = np.array([not literal.whole for literal in numbers.values()], bool)
        data = [*parents, *inspirations]
        if not floats.any() or len(data) < self.enough:
            return Perturb()(problem, parents, (), rng)
        least = _typical([literal.value for literal in numbers.values() if not literal.whole])
        scales = np.array([scale_of(literal, least) for literal in numbers.values()])
        vectors = _nearer(_vectors(problem, numbers, data) / scales)
        worth = _normal_scores([kin.evaluation.fitness for kin in data])
        rows = _rows(genome, [literal for literal in numbers.values() if not literal.whole])
        steps = self._steps(vectors[:, floats], worth, rows, rng)
        process = Process(vectors - vectors[0], worth)
        points = np.zeros((len(steps), len(scales)))
        points[:, floats] = steps
        improving = rng.random() < self.improving
        hopes = process.improvement(points, worth.max()) if improving else process.draw(points, rng)
        moved = points[int(np.argmax(hopes))]
        values = {
            literal: literal.value + float(by) * scale
            for literal, by, scale in zip(numbers.values(), moved, scales, strict=True)
            if by
        }
        return offer(Draft(write_literals(genome, values), describe(values)))

    def _steps(self, vectors: Floats, worth: Floats, rows: Rows, rng: np.random.Generator) -> Floats:
        """Draw steps from the first of the vectors, shape ``(points, floats)``."""
        count = vectors.shape[1]
        shape = (min(max(FEWEST, self.points * count), MOST), count)
        better = np.argsort(-worth, kind="stable")[: max(self.enough, len(worth) // 2)]
        chosen = rng.random(shape) < self.moved / count
        chosen[np.arange(len(chosen)), rng.integers(count, size=len(chosen))] = True
        sizes = self._sizes(vectors[better] - vectors[0], rng)
        steps = np.where(chosen, sizes * rng.normal(size=shape), 0.0)
        together = rng.random((len(steps), 1)) < self.runs
        steps = np.where(together, _runs(rows, sizes, len(steps), rng), steps)
        several = round(self.differences * len(chosen))
        one, other = rng.choice(better, several), rng.choice(better, several)
        factors = np.exp(rng.uniform(math.log(0.1), math.log(1.5), (several, 1)))
        along = factors * (vectors[one] - vectors[other])
        nowhere = (along == 0.0).all(axis=1, keepdims=True)
        return np.concatenate([np.where(nowhere, steps[:several], along), steps[several:]])

    def _sizes(self, shifts: Floats, rng: np.random.Generator) -> Floats:
        """Draw the deviation of each float's steps, shape ``(floats,)``, given the better candidates' shifts.

        A float that few of them moved has nearly the deviation that is typical of all.
        """
        squares = shifts * shifts
        moved = squares > 0.0
        if rng.random() < self.broad or not moved.any():
            size = math.exp(rng.uniform(math.log(self.smallest), math.log(self.largest)))
            return np.full_like(shifts[0], size)
        typical = float(np.median(squares[moved]))
        deviations = np.sqrt((squares.sum(axis=0) + typical) / (moved.sum(axis=0) + 1))
        scaled = deviations * math.exp(self.spread * rng.normal())
        return np.minimum(np.maximum(scaled, LEAST), self.largest)


def _rows(genome: Genome, literals: Sequence[Literal]) -> Rows:
    """Number the rows: neighbours have a comma between them, and nothing else."""
    texts = {literal.file: genome[literal.file].encode() for literal in literals}
    rows = [0]
    for one, other in pairwise(literals):
        apart = one.file != other.file or texts[one.file][one.end : other.start].strip() != b","
        rows.append(rows[-1] + apart)
    return np.array(rows)


def _runs(rows: Rows, sizes: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Draw steps that are the same for neighbours, shape ``(count, floats)``."""
    places = np.arange(len(rows))
    middle = rng.integers(len(rows), size=(count, 1))
    most = np.bincount(rows)[rows[middle]] / 2.0
    reach = np.exp(rng.uniform(math.log(0.5), np.log(most)))
    off = rng.uniform(-0.5, 0.5, (count, 1))
    near = (rows == rows[middle]) & ((places == middle) | (np.abs(places - middle - off) <= reach))
    return np.where(near, sizes[middle] * rng.normal(size=(count, 1)), 0.0)


def _numbers(problem: Problem, genome: Genome) -> dict[Place, Literal]:
    names = [name for name in genome if name.endswith(ENDINGS) and is_evolvable(problem, name)]
    return {place: literal for name in names for place, literal in _placed(name, genome[name])}


@lru_cache(maxsize=1024)  # kin come back again and again
def _placed(name: str, text: str) -> Sequence[tuple[Place, Literal]]:
    """Give the numbers of a text with their places, in order; none where it does not parse."""
    source = parse_source(name, text)
    if source is None:
        return ()
    lines = [blanked(line) for line in text.splitlines()]
    seen: dict[str, int] = {}
    found: list[tuple[Place, Literal]] = []
    for literal in literals_of(source):
        line = lines[literal.line - 1] if literal.line <= len(lines) else ""
        seen[line] = seen.get(line, -1) + 1
        found.append(((name, line, seen[line]), literal))
    return tuple(found)


def _vectors(problem: Problem, numbers: dict[Place, Literal], data: Sequence[Known]) -> Floats:
    """Give a row a candidate, a column a number; what a candidate lacks is as in the first."""
    rows: list[list[float]] = []
    for kin in data:
        own = _numbers(problem, kin.candidate.genome)
        rows.append([float(own.get(place, literal).value) for place, literal in numbers.items()])
    return np.array(rows)


def _nearer(vectors: Floats) -> Floats:
    """Bring what is far from the first near enough for distances to be exact to the process's noise."""
    return np.clip(vectors, vectors[0] - FARTHEST, vectors[0] + FARTHEST)


def _typical(values: Sequence[float]) -> float:
    """Give the median size of those that are not zero; of none, 0."""
    sizes = sorted(abs(value) for value in values if value)
    return sizes[len(sizes) // 2] if sizes else 0.0


def _normal_scores(fitness: Sequence[float | None]) -> Floats:
    """Give each its quantile of the normal distribution by rank, the greatest fitness the greatest; None is worst."""
    order = np.argsort([-math.inf if each is None else each for each in fitness], kind="stable")
    scores = np.empty(len(order))
    scores[order] = _quantiles(len(order))
    return scores


@lru_cache(maxsize=256)
def _quantiles(count: int) -> Floats:
    normal = NormalDist()
    return np.array([normal.inv_cdf((rank + 0.5) / count) for rank in range(count)])
