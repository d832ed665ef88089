"""The speed of a numeric kernel: the distance of each point to the nearest other one, against a plain program."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from evaluators.gates import FloatArray, array
from evoengine.evaluation import Invalid, Score, Trial

TOLERANCE = 1e-9
"""The largest error of a distance."""

FAMILIES = ("uniform", "clustered")

_CALL = "nearest(points)"


def reference(points: FloatArray) -> FloatArray:
    """Give the distance of each point, shape (n, 2), to the nearest other one, shape (n,): row by row."""
    distances = np.empty(len(points))
    for i, point in enumerate(points):
        squares = ((points - point) ** 2).sum(axis=1)
        squares[i] = np.inf
        distances[i] = np.sqrt(squares.min())
    return distances


def draw_points(family: str, count: int, rng: np.random.Generator) -> FloatArray:
    """Draw points of a family, shape (count, 2): uniform in the unit square, or in ten narrow clusters."""
    if family == "uniform":
        return rng.random((count, 2))
    centers = rng.random((10, 2))
    return centers[rng.integers(10, size=count)] + rng.normal(0.0, 0.01, (count, 2))


@dataclass(frozen=True, slots=True)
class Duel:
    """The seconds that the reference and the candidate took for the same inputs, in order."""

    reference: Sequence[float]
    candidate: Sequence[float]

    @property
    def speedup(self) -> float:
        """How many times as fast the candidate is, best against best."""
        return min(self.reference) / min(self.candidate)

    @property
    def spread(self) -> float:
        """How much slower than its best the candidate's median was, relative to it."""
        return float(np.median(self.candidate)) / min(self.candidate) - 1.0


class NearestNeighbours:
    """Scores a program by how many times as fast as `reference` it is; higher is better.

    The candidate's ``nearest(points)`` takes an array of shape (n, 2) and gives as many distances, each right to
    1e-9. It is tried on small inputs with equal points, points on a line and on a lattice, and then measured:
    for every size and family of inputs, `repeats` times, the reference and the candidate take turns, each time on an input
    drawn anew. Every output is compared with the reference's. The candidate's clock is outside its
    process, which is a new one each time; sending the points and the distances is part of its time, loading is not.

    The objective ``speedup`` is the geometric mean, over sizes and families, of the reference's best time over the
    candidate's. The reference runs in the evaluator's process, on the same processor where there is one to spare.

    Parameters
    ----------
    sizes
        Numbers of points.
    repeats
        Turns of each size and family.
    seed
        Of all inputs, together with the trial's own.

    Notes
    -----
    Measures are ``growth``, the exponent with which the time grows from the smallest size to the largest (2 for all pairs),
    and ``memory``, the candidate's peak in megabytes. The artifact ``spread`` is the median of those of the duels.
    """

    def __init__(self, sizes: Sequence[int] = (300, 800, 1600), repeats: int = 5, seed: int = 0) -> None:
        self._sizes = tuple(sizes)
        self._repeats = repeats
        self._seed = seed

    def evaluate(self, trial: Trial) -> Score:
        """Try and measure the candidate. Raises `Invalid` for a wrong distance."""
        for points, answer in zip(
            _SMALL, trial.map("nearest", [(points,) for points in _SMALL]), strict=True
        ):
            _require_equal(answer, reference(points))
        rng = np.random.default_rng([self._seed, trial.seed % 2**63])
        duels = {
            (size, family): self._duel(trial, size, family, rng)
            for size in self._sizes
            for family in FAMILIES
        }
        return Score(
            objectives={"speedup": _geometric_mean([duel.speedup for duel in duels.values()])},
            measures={"growth": self._growth(duels), "memory": trial.usage.memory_mb},
            feedback="\n".join(
                f"{size} {family} points: {1000 * min(duel.candidate):.3f} ms, "
                f"the reference {1000 * min(duel.reference):.3f} ms, {duel.speedup:.2f} times as fast"
                for (size, family), duel in duels.items()
            ),
            artifacts={"spread": f"{float(np.median([duel.spread for duel in duels.values()])):.3f}"},
        )

    def _duel(self, trial: Trial, size: int, family: str, rng: np.random.Generator) -> Duel:
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(self._repeats):
            points = draw_points(family, size, rng)
            start = perf_counter()
            expected = reference(points)
            ours.append(perf_counter() - start)
            timing = trial.time("nearest", points, repeats=1)
            _require_equal(timing.values[0], expected)
            theirs.append(timing.minimum)
        return Duel(ours, theirs)

    def _growth(self, duels: Mapping[tuple[int, str], Duel]) -> float:
        small, large = min(self._sizes), max(self._sizes)
        if small == large:
            return 0.0
        times = [
            _geometric_mean([min(duels[size, family].candidate) for family in FAMILIES])
            for size in (small, large)
        ]
        return math.log(times[1] / times[0]) / math.log(large / small)


def _small_inputs() -> list[FloatArray]:
    rng = np.random.default_rng(0)
    line = np.column_stack([np.linspace(0.0, 1.0, 17), np.zeros(17)])
    lattice = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=-1).reshape(-1, 2)
    pair = np.array([[0.25, 0.5], [0.75, 0.5]])
    cloud = rng.random((60, 2))
    return [
        pair,
        np.repeat(pair, 3, axis=0),
        line,
        line[:, ::-1].copy(),
        lattice,
        cloud,
        np.concatenate([cloud, cloud[:5]]),
        cloud + np.array([1000.0, -1000.0]),
        np.concatenate([0.001 * cloud, cloud + 5.0]),
    ]


_SMALL = _small_inputs()


def _require_equal(answer: object, expected: FloatArray) -> None:
    found = array(answer, _CALL, expected.shape)
    wrong = np.abs(found - expected)
    worst = int(np.argmax(wrong))
    if wrong[worst] > TOLERANCE:
        raise Invalid(
            f"{_CALL}[{worst}] of {len(expected)} points is {float(found[worst])!r} "
            f"and should be {float(expected[worst])!r}"
        )


def _geometric_mean(values: Sequence[float]) -> float:
    return math.exp(float(np.mean(np.log(values))))
