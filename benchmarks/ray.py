"""What Ray adds to an evaluation: ``python -m benchmarks.ray [EVALUATIONS]`` (500 by default, of each kind and turn).

First an evaluator that does nothing, on one slot: the same worker with its evaluator process is called directly, and through
Ray with batches of one size, in turns; the difference is what the engine's side and Ray add to each evaluation,
and the processor time of this process is what each evaluator of a large cluster takes of its one engine. Then
an isolated evaluation of a real problem, on two slots, by the local executor and through Ray in turns.
"""

import asyncio
import importlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evoengine.config import LoadedProblem, load_problem, resolve
from evoengine.encoding import encode_task
from evoengine.executors import backlog
from evoengine.executors.worker import Worker
from evoengine.hosting import make_executor
from evoengine.ports import Executor, Task

EVALUATIONS = 500
TURNS = 9
SIZES = (8, 16, 64)
PROBLEM = 'name = "null"\nevaluator = "./evaluate.py"\n[genome]\nfiles = ["main.py"]\n'
EVALUATOR = "def evaluate(trial):\n    return 0.0\n"


def null_problem(folder: Path) -> LoadedProblem:
    """Write a problem whose evaluator does nothing."""
    for name, text in (("problem.toml", PROBLEM), ("evaluate.py", EVALUATOR), ("main.py", "x = 1\n")):
        (folder / name).write_text(text, "utf-8")
    return load_problem(folder)


def executor(loaded: LoadedProblem, kind: str, slots: int) -> Executor:
    """Make an executor."""
    flags = {"problem": loaded.spec, "executor": kind, "slots": slots}
    return make_executor(resolve(flags=flags, environment={})[0], loaded.problem, loaded, None, processor=-1)


async def seconds_each(made: Executor, task: Task, count: int) -> tuple[float, float]:
    """Give the wall and the own processor seconds per evaluation, with as many in flight as are wanted."""
    left = count

    async def feed() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await made.evaluate(task)

    begun, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*(feed() for _ in range(made.wanted)))
    return (time.perf_counter() - begun) / count, (time.process_time() - used) / count


def direct(worker: Worker, task: Task, size: int, count: int) -> float:
    """Give the wall seconds per evaluation of a worker that is called without Ray."""
    message = json.dumps(encode_task(task)).encode()
    begun = time.perf_counter()
    for _ in range(count // size):
        worker.work([(key, message) for key in range(size)])
    return (time.perf_counter() - begun) / (count // size * size)


async def overhead(count: int) -> None:
    """Print what Ray adds to an evaluation that does nothing."""
    print("an evaluator that does nothing, one slot: us per evaluation, median of the turns")
    print("  batch   worker alone   through Ray   added   engine's processor time")
    with tempfile.TemporaryDirectory() as folder:
        loaded = null_problem(Path(folder))
        package, task = loaded.package(), Task(loaded.problem.seeds[0])
        worker = Worker(package.data, replace(package, data=b""), "", "", 30.0)
        worker.start()
        made = executor(loaded, "ray", 1)
        await made.start()
        try:
            for size in SIZES:
                backlog.LEAST = backlog.MOST = size
                await seconds_each(made, task, 10 * size)
                turns = [
                    (direct(worker, task, size, count), *await seconds_each(made, task, count))
                    for _ in range(TURNS)
                ]
                alone, through, used = (
                    1e6 * statistics.median(column) for column in zip(*turns, strict=True)
                )
                print(f"  {size:5}   {alone:12.0f}   {through:11.0f}   {through - alone:5.0f}   {used:24.0f}")
        finally:
            backlog.LEAST, backlog.MOST = SIZES[0], SIZES[-1]
            worker.close()
            await made.close()


async def isolated(count: int) -> None:
    """Print isolated evaluations a second, local and through Ray."""
    loaded = load_problem("circle_packing")
    task = Task(loaded.problem.seeds[0])
    rates: dict[str, list[float]] = {"local": [], "ray": []}
    made = {kind: executor(loaded, kind, 2) for kind in rates}
    try:
        for one in made.values():
            await one.start()
            await seconds_each(one, task, 100)
        for _ in range(TURNS):
            for kind, one in made.items():
                rates[kind].append(1.0 / (await seconds_each(one, task, count))[0])
    finally:
        for one in made.values():
            await one.close()
    local, ray = (statistics.median(rates[kind]) for kind in ("local", "ray"))
    ratios = sorted(there / here for here, there in zip(rates["local"], rates["ray"], strict=True))
    print("\nisolated evaluations a second, circle_packing's seed, two slots, median of the turns")
    print(f"  local {local:,.0f}, Ray {ray:,.0f}: {statistics.median(ratios):.0%} ({shown(ratios)})")


def shown(ratios: Sequence[float]) -> str:
    """List ratios."""
    return ", ".join(f"{ratio:.0%}" for ratio in ratios)


def main() -> None:
    """Print both comparisons, on a Ray of this machine's own."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EVALUATIONS
    ray = importlib.import_module("ray")
    ray.init(num_cpus=2, object_store_memory=80_000_000, include_dashboard=False, logging_level="ERROR")
    try:
        asyncio.run(overhead(count))
        asyncio.run(isolated(count))
    finally:
        ray.shutdown()


if __name__ == "__main__":
    main()
