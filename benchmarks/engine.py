"""The engine's own cost: ``python -m benchmarks.engine [CANDIDATES]`` (200,000 by default).

An evaluator that does next to nothing runs inline, SQLite is on, the order is that of completion.
Printed: candidates a second over the whole run, its first and last tenth, peak memory, and the time
to resume, which is the time to fold the log.
"""

import asyncio
import json
import math
import resource
import sys
import tempfile
import time
from pathlib import Path

from evoengine.engine import Engine
from evoengine.ports import Task
from evoengine.problem import Measure, Problem
from evoengine.recipes import make_recipe
from evoengine.stores import SQLiteStore
from evoengine.testing.scripted import ScriptedExecutor
from evoengine.types import Evaluation, Known, Verdict

PROBLEM = Problem(
    "sphere",
    ({"vector.json": json.dumps([0.5] * 12)},),
    measures=(Measure("x", 0.0, 1.0, 50), Measure("y", 0.0, 1.0, 50)),
    worst_fitness=-12.0,
)


def evaluate(task: Task) -> Evaluation:
    """Score a vector: minus its squared length; its first two numbers are the measures."""
    vector = json.loads(task.genome["vector.json"])
    fitness = -math.fsum(value * value for value in vector)
    return Evaluation("", "ok", fitness, {"fitness": fitness}, {"x": vector[0], "y": vector[1]})


def make_engine(store: SQLiteStore, candidates: int, marks: list[float]) -> Engine:
    """Make a MAP-Elites engine that notes the time of every candidate told."""

    def note(known: Known, verdict: Verdict) -> None:
        del known, verdict
        marks.append(time.perf_counter())

    return Engine(
        PROBLEM,
        make_recipe("map_elites", PROBLEM),
        store,
        ScriptedExecutor(evaluate),
        header={"seed": 1, "window": 8, "budget": {"candidates": candidates}},
        clock=time.monotonic,
        observers=[note],
    )


def main() -> None:
    """Run, then resume, and print the figures."""
    candidates = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.db"
        marks: list[float] = []
        store = SQLiteStore(path)
        engine = make_engine(store, candidates, marks)
        asyncio.run(engine.run())
        store.close()
        live = engine.state.digest()
        tenth = len(marks) // 10
        first = tenth / (marks[tenth] - marks[0])
        last = tenth / (marks[-1] - marks[-1 - tenth])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"candidates           {candidates:,}")
        print(f"rate                 {len(marks) / (marks[-1] - marks[0]):,.0f} candidates/s")
        print(f"first, last tenth    {first:,.0f}, {last:,.0f} candidates/s: ratio {last / first:.2f}")
        print(f"peak memory          {peak:,.0f} MB; log {path.stat().st_size / 1e6:,.0f} MB")
        begun = time.perf_counter()
        store = SQLiteStore(path)
        again = make_engine(store, candidates, [])
        seconds = time.perf_counter() - begun
        store.close()
        print(
            f"resume               {seconds:.2f} s, {seconds / candidates * 1e5:.2f} s per 100,000 candidates"
        )
        print(f"fold equals live     {again.state.digest() == live}")


if __name__ == "__main__":
    main()
