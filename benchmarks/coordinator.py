"""Where the coordinator saturates: ``python -m benchmarks.coordinator [CANDIDATES] [EVALUATORS]``.

The real engine with its SQLite log (200,000 candidates by default) is fed by 10,000 simulated evaluators on a virtual
clock: an evaluation costs no time here, and every second of processor time that the coordinator uses makes them wait a
second. First a row for each mean duration of an evaluation, from long to short: how many
candidates are told per second of the clock, beside how many the evaluators could do: the share of them that is kept busy. Then one long run, a
line each tenth: the rate and the memory, which is to be flat once the archive and the library are full.
"""

import asyncio
import heapq
import json
import math
import os
import random
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.engine import PROBLEM
from evoengine.engine import Engine
from evoengine.ports import Ask, Task
from evoengine.recipes import make_recipe
from evoengine.stores import SQLiteStore
from evoengine.types import Evaluation, Known, Verdict

EVALUATORS = 10_000
CANDIDATES = 200_000
DURATIONS = (16.0, 8.0, 4.0, 2.0)
SATURATED = 0.9
"""The share of busy evaluators below which the coordinator is the limit."""


@dataclass
class Simulation:
    """An executor of many evaluators whose evaluations take random (exponential) times of a virtual clock.

    The clock goes on to the next evaluation that ends, and by the processor time that the coordinator uses meanwhile.
    """

    slots: int
    mean: float
    now: float = 0.0
    _rng: random.Random = field(default_factory=lambda: random.Random(1))
    _running: list[tuple[float, int, Task, asyncio.Future[Evaluation]]] = field(
        default_factory=list[tuple[float, int, Task, asyncio.Future[Evaluation]]]
    )
    _waiting: deque[tuple[Task, asyncio.Future[Evaluation]]] = field(
        default_factory=deque[tuple[Task, asyncio.Future[Evaluation]]]
    )
    _count: int = 0
    _charged: float = field(default_factory=time.process_time)

    @property
    def wanted(self) -> int:
        """One more for each evaluator."""
        return 2 * self.slots

    def clock(self) -> float:
        """Give the virtual time."""
        return self.now

    async def start(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""

    async def evaluate(self, task: Task, ask: Ask | None = None) -> Evaluation:
        """Have a task evaluated by the next evaluator that is free."""
        del ask
        outcome: asyncio.Future[Evaluation] = asyncio.get_running_loop().create_future()
        if len(self._running) < self.slots:
            self._begin(task, outcome)
            if len(self._running) == 1:
                asyncio.get_running_loop().call_soon(self._advance)
        else:
            self._waiting.append((task, outcome))
        return await outcome

    def _begin(self, task: Task, outcome: asyncio.Future[Evaluation]) -> None:
        seconds = self._rng.expovariate(1.0 / self.mean)
        self._count += 1
        heapq.heappush(self._running, (self.now + seconds, self._count, task, outcome))

    def _advance(self) -> None:
        """End the next evaluation, unless the coordinator is not yet that far."""
        used = time.process_time()
        self.now += used - self._charged
        self._charged = used
        if not self._running:
            return
        ends, _, task, outcome = heapq.heappop(self._running)
        self.now = max(self.now, ends)
        if not outcome.done():
            outcome.set_result(score(task))
        if self._waiting:
            self._begin(*self._waiting.popleft())
        if self._running:
            asyncio.get_running_loop().call_soon(self._advance)


def score(task: Task) -> Evaluation:
    """Score a vector as `benchmarks.engine` does."""
    vector = json.loads(task.genome["vector.json"])
    fitness = -math.fsum(value * value for value in vector)
    return Evaluation("", "ok", fitness, {"fitness": fitness}, {"x": vector[0], "y": vector[1]})


def resident() -> float:
    """Give the memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass
class Told:
    """What was told, noted each `every` candidates: the clock's time, processor seconds, wall seconds, memory."""

    simulation: Simulation
    every: int
    count: int = 0
    marks: list[tuple[float, float, float, float]] = field(
        default_factory=list[tuple[float, float, float, float]]
    )

    def __call__(self, known: Known, verdict: Verdict) -> None:
        """Note a candidate."""
        del known, verdict
        if self.count % self.every == 0:
            used = time.process_time()
            self.marks.append((self.simulation.now, used, time.perf_counter(), resident()))
        self.count += 1


def simulate(candidates: int, evaluators: int, mean: float, marks: int) -> tuple[Told, float, int]:
    """Run one search; give what was told, the size of its log in MB and that of its archive."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.db"
        store = SQLiteStore(path)
        simulation = Simulation(evaluators, mean)
        told = Told(simulation, candidates // marks)
        recipe = make_recipe("map_elites", PROBLEM)
        engine = Engine(
            PROBLEM,
            recipe,
            store,
            simulation,
            header={"seed": 1, "budget": {"candidates": candidates}},
            clock=simulation.clock,
            window=lambda: simulation.wanted,
            observers=[told],
        )
        asyncio.run(engine.run())
        store.close()
        return told, path.stat().st_size / 1e6, sum(1 for _ in recipe.elites())


def saturation(evaluators: int) -> None:
    """Print how busy the evaluators are, the shorter the evaluations."""
    print(f"{evaluators:,} evaluators; a row each mean duration")
    print("  seconds   offered/s   told/s   busy")
    for mean in DURATIONS:
        told, _, _ = simulate(5 * evaluators, evaluators, mean, 5)
        # The first and the last fifth fill and empty the evaluators.
        span = told.marks[4][0] - told.marks[1][0]
        rate = 3 * told.every / span
        offered = evaluators / mean
        print(f"  {mean:7.1f}   {offered:9,.0f}   {rate:6,.0f}   {rate / offered:4.0%}")
        if rate < SATURATED * offered:
            limit = evaluators / rate
            print(f"  saturated: evaluations shorter than {limit:.1f} s keep fewer than {evaluators:,} busy")
            return


def sustained(candidates: int, evaluators: int) -> None:
    """Print the rate and the memory, a line each tenth of one long run."""
    told, log, archive = simulate(candidates, evaluators, 1.0, 10)
    print(f"\n{candidates:,} candidates, {evaluators:,} evaluators that are never the limit")
    print("  candidates   told/s of processor time   of wall time   memory MB")
    for number in range(1, len(told.marks)):
        (_, cpu, wall, _), (_, cpu_then, wall_then, memory) = told.marks[number - 1], told.marks[number]
        rates = told.every / (cpu_then - cpu), told.every / (wall_then - wall)
        print(f"  {number * told.every:10,}   {rates[0]:24,.0f}   {rates[1]:12,.0f}   {memory:9,.0f}")
    half = len(told.marks) // 2
    growth = (told.marks[-1][3] - told.marks[half][3]) / (len(told.marks) - 1 - half) / told.every
    print(
        f"  the second half grew by {growth * 1e6:,.0f} MB per 10^6 candidates; the archive holds {archive:,}"
    )
    print(f"  the log has {log:,.0f} MB: {log * 1e6 / candidates:,.0f} bytes a candidate")


def main() -> None:
    """Print where it saturates, then the long run."""
    candidates = int(sys.argv[1]) if len(sys.argv) > 1 else CANDIDATES
    evaluators = int(sys.argv[2]) if len(sys.argv) > 2 else EVALUATORS
    saturation(evaluators)
    sustained(candidates, evaluators)


if __name__ == "__main__":
    main()
