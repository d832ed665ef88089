"""What many cases cost a run: ``python -m benchmarks.cases [--candidates 1000] [--cases 10000] [--json]``.

A run is written to disk, event by event as an engine does it: candidates with independent scores on every
case, so that nearly all of them enter the front. Then commands read it, each called in this process a few
times (the start of Python is `benchmarks.startup`), and the front is built by itself. Of the repeats the
best counts, in seconds of the processor and of the wall: noise only ever adds.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, replace
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np

from benchmarks.told import inserting, scored_by_case
from evoengine import selection
from evoengine.archives import CaseFront
from evoengine.cli.app import evoengine
from evoengine.encoding import Body, Texts, encode_job, encode_known
from evoengine.report import Run
from evoengine.stores import SQLiteStore
from evoengine.types import Job, Known

REPEATS = 5
WANTED_SECONDS = 0.2
WANTED_INSERTS = 2000
FOLDING = ("elites",)
"""Folds the whole log, and so grows with it as resuming does."""


@dataclass(frozen=True)
class Row:
    """One measurement: the best of the repeats, and what the processor's may be at most."""

    name: str
    seconds: float
    wall: float
    limit: float | None = None


def measure(
    name: str, work: Callable[[], Callable[[], object]], *, limit: float | None, repeats: int = REPEATS
) -> Row:
    """Time what `work` makes ready."""
    times: list[tuple[float, float]] = []
    for _ in range(repeats):
        ready = work()
        start = process_time(), perf_counter()
        ready()
        times.append((process_time() - start[0], perf_counter() - start[1]))
    return Row(name, min(cpu for cpu, _ in times), min(wall for _, wall in times), limit)


def write_problem(folder: Path, cases: Sequence[str]) -> Path:
    """Write a problem with these cases that is never evaluated."""
    (folder / "prompt.md").write_text("Answer.\n")
    (folder / "evaluate.py").write_text("def evaluate(trial):\n    return 0.0\n")
    path = folder / "problem.toml"
    path.write_text(
        'name = "many_cases"\nstatement = "Answer."\nevaluator = "./evaluate.py"\n'
        f'cases = {json.dumps(cases)}\n[genome]\nfiles = ["prompt.md"]\n'
    )
    return path


def write_run(folder: Path, problem: Path, told: Sequence[Known]) -> None:
    """Write a run that has told these."""
    (folder / "run.toml").write_text(f'problem = {json.dumps(str(problem))}\nrecipe = "gepa"\n')
    store = SQLiteStore(folder / "run.db")
    header: Body = {
        "problem": "many_cases",
        "recipe": "gepa",
        "params": {},
        "seed": 0,
        "order": "completion",
        "window": 1,
        "budget": {"candidates": len(told)},
        "started": "2026-01-02T03:04:05+00:00",
        "problem_digest": "",
    }
    store.append("run", None, 0.0, header, {})
    for number, known in enumerate(told):
        job = Job(number, known.candidate.operator, known.candidate.parents)
        store.append("asked", number, float(number), encode_job(job), {})
        texts: Texts = {}
        store.append("told", number, float(number), {"results": [encode_known(known, texts)]}, texts)
        store.commit()
    store.append("stopped", None, float(len(told)), {"reason": "candidates", "state": ""}, {})
    store.close()


def prompts(count: int, cases: Sequence[str]) -> list[Known]:
    """Make candidates that have a text each, and a parent but for the first."""
    told = scored_by_case(count, cases)
    return [
        replace(
            known,
            candidate=replace(
                known.candidate,
                genome={"prompt.md": f"Answer in {number} words.\n"},
                parents=(told[number - 1].candidate.id,) if number else (),
            ),
        )
        for number, known in enumerate(told)
    ]


def command(*arguments: str) -> Callable[[], object]:
    """Give a call of the command line; what it prints is dropped."""

    def call() -> None:
        with redirect_stdout(StringIO()):
            evoengine.main(arguments, standalone_mode=False)

    return call


def rows(problem: Path, folder: Path, told: Sequence[Known], cases: Sequence[str]) -> list[Row]:
    """Measure everything."""
    found = [
        measure("write the log", lambda: partial(write_run, folder, problem, told), limit=None, repeats=1)
    ]
    run = str(folder)
    for words in (("top",), ("show", "best", "--run"), ("status",), FOLDING):
        call = command(*words, run)
        limit = None if words == FOLDING else WANTED_SECONDS
        found.append(measure(f"evoengine {words[0]}", lambda call=call: call, limit=limit))
    make, limit = partial(CaseFront, cases), len(told) / WANTED_INSERTS
    found.append(measure("insert all", lambda: inserting(make, told), limit=limit))
    opened = Run(folder)
    read = measure("read all scores and insert all", lambda: inserting(make, list(opened)), limit=None)
    opened.close()
    front = make()
    for known in told:
        front.insert(known.candidate, known.evaluation)
    rng = np.random.default_rng(0)

    def look() -> None:
        selection.frontier_frequency(front.elites(), front.frequencies, rng)

    look_row = measure(f"look at the front of {len(front)}", lambda: look, limit=WANTED_SECONDS)
    return [*found, read, look_row]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--candidates", type=int, default=1000)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="print the measurements as JSON")
    options = parser.parse_args()
    cases = [f"case-{number}" for number in range(options.cases)]
    with TemporaryDirectory() as root:
        # What lies in "runs" is no part of the problem.
        folder = Path(root) / "runs" / "many"
        folder.mkdir(parents=True)
        problem = write_problem(Path(root), cases)
        found = rows(problem, folder, prompts(options.candidates, cases), cases)
        size = (folder / "run.db").stat().st_size
    if options.json:
        sys.stdout.write(json.dumps([asdict(row) for row in found], indent=1) + "\n")
        return
    print(f"{options.candidates:,} candidates x {options.cases:,} cases, a log of {size / 1e6:.0f} MB")
    for row in found:
        wanted = "" if row.limit is None else f"   wanted {1e3 * row.limit:.0f} ms"
        print(f"{row.name:<32} {1e3 * row.seconds:9.1f} ms {1e3 * row.wall:9.1f} ms of wall{wanted}")


if __name__ == "__main__":
    main()
