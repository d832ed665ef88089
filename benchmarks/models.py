"""What the model side costs: ``python -m benchmarks.models [KILLS]`` (100 kills by default, about five minutes).

A server in a process of its own answers after 200 ms, or at once; SQLite is on. Printed: candidates a
second against the ideal of 8 calls and 2 evaluations at once, the rate and the processor time where
nothing else takes time, and what kill -9 loses of what was paid.
"""

import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from evoengine.llm import ModelPool, ModelSpec
from evoengine.stores import SQLiteStore
from evoengine.testing.served import CONCURRENCY, kill_and_resume, served_engine
from evoengine.types import Known, Verdict

SLOTS = 2
SECONDS = 0.2
WARM_UP = 40


@contextmanager
def serving(delay: float) -> Generator[str]:
    """Serve a model in another process; give the address."""
    command = [sys.executable, "-m", "evoengine.testing.model_server", str(delay)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def timed(delay: float, evaluation: float, candidates: int) -> list[tuple[float, float]]:
    """Search; give wall and processor seconds at each candidate told."""
    marks: list[tuple[float, float]] = []

    def note(known: Known, verdict: Verdict) -> None:  # noqa: ARG001 - an observer
        marks.append((time.perf_counter(), time.process_time()))

    async def search(url: str, path: Path) -> None:
        store = SQLiteStore(path)
        async with ModelPool([ModelSpec("small", url, concurrency=CONCURRENCY)]) as pool:
            await served_engine(
                store,
                pool,
                candidates=candidates,
                slots=SLOTS,
                delay=(lambda _task: evaluation) if evaluation else None,
                observers=[note],
            ).run()
        store.close()

    with tempfile.TemporaryDirectory() as folder, serving(delay) as url:
        asyncio.run(search(url, Path(folder) / "run.db"))
    return marks


def rate(marks: list[tuple[float, float]]) -> float:
    """Give candidates a second, the first ones left out."""
    steady = marks[WARM_UP:]
    return (len(steady) - 1) / (steady[-1][0] - steady[0][0])


def milliseconds(marks: list[tuple[float, float]]) -> float:
    """Give processor time a candidate."""
    return 1e3 * (marks[-1][1] - marks[0][1]) / (len(marks) - 1)


def main() -> None:
    """Time, kill, and print the figures."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{CONCURRENCY} calls and {SLOTS} evaluations at once, window {CONCURRENCY + 2 * SLOTS}")
    for evaluation, candidates, ideal in (
        (SECONDS, 220, min(CONCURRENCY, SLOTS) / SECONDS),
        (0.0, 820, CONCURRENCY / SECONDS),
    ):
        got = rate(timed(SECONDS, evaluation, candidates))
        print(
            f"model 200 ms, evaluation {1e3 * evaluation:3.0f} ms   {got:6.2f} candidates/s,"
            f" {got / ideal:.1%} of the ideal {ideal:.0f}"
        )
    marks = timed(0.0, 0.0, 2000)
    print(f"model 0 ms, evaluation 0 ms       {rate(marks):6.0f} candidates/s")
    whole = milliseconds(marks[WARM_UP:])
    first, last = milliseconds(marks[WARM_UP : WARM_UP + 100]), milliseconds(marks[-100:])
    print(
        f"processor time a candidate        {whole:.2f} ms, so that a core of its own makes {1e3 / whole:.0f}/s;"
        f" {first:.2f} ms (first 100), {last:.2f} ms (last 100)"
    )
    with tempfile.TemporaryDirectory() as folder:
        result = kill_and_resume(Path(folder), kills, 60 * kills, random.Random(1))
    print(
        f"kill -9, {kills} times             {result.requests} requests, {result.replies} replies in the log;"
        f" one kill lost at most {result.worst} calls ({CONCURRENCY} were in flight)"
    )
    sys.exit(result.worst > CONCURRENCY)


if __name__ == "__main__":
    main()
