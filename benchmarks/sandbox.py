"""What isolation costs: evaluations, driven calls and throughput, side by side in one run.

Run ``python benchmarks/sandbox.py``; ``--leaks`` runs 10,000 mixed evaluations instead and looks for what they
left behind.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evoengine.errors import CandidateFailure
from evoengine.problem import Limits
from evoengine.sandbox import LEVELS, Slot, describe, open_sandbox
from evoengine.sandbox.abuse import descendants

SOURCE = "def pack(n):\n    return [n, n + 1]\n"
LIMITS = Limits(wall_seconds=10.0)


def in_slot(slot: Slot) -> None:
    session = slot.open({"main.py": SOURCE}, "main.py", LIMITS)
    assert session.call("pack", [1]) == [1, 2]
    session.finish()


def in_plain_fork() -> None:
    """Fork this process, run the candidate, read its answer: no isolation at all."""
    answers, answer = os.pipe()
    pid = os.fork()
    if pid == 0:
        module: dict[str, Any] = {}
        exec(compile(SOURCE, "main.py", "exec"), module)  # noqa: S102 - it is the constant above
        os.write(answer, json.dumps(module["pack"](1)).encode())
        os._exit(0)
    os.close(answer)
    assert json.loads(os.read(answers, 4096)) == [1, 2]
    os.close(answers)
    os.waitpid(pid, 0)


def in_new_python() -> None:
    program = f"import json, numpy\n{SOURCE}\nprint(json.dumps(pack(1)))"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, check=True)
    assert json.loads(done.stdout) == [1, 2]


def interleaved(ways: dict[str, tuple[Callable[[], object], int]], rounds: int) -> dict[str, float]:
    """Give the median seconds of each way; rounds alternate, so that noise falls on all alike."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (way, repeats) in ways.items():
            for _ in range(repeats):
                start = time.perf_counter()
                way()
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def evaluations(level: str) -> None:
    slots = {name: open_sandbox(level=name) for name in (level, "subprocess")}
    ways: dict[str, tuple[Callable[[], object], int]] = {
        f"slot, {name}": (partial(in_slot, slot), 20) for name, slot in slots.items()
    }
    ways |= {"plain fork of a NumPy process": (in_plain_fork, 20), "python -I with NumPy": (in_new_python, 1)}
    medians = interleaved(ways, 20)
    for name, seconds in medians.items():
        print(f"{name:32} {seconds * 1e3:8.2f} ms   {1 / seconds:7.0f}/s")
    for slot in slots.values():
        slot.close()
    isolated = medians[f"slot, {level}"]
    print(
        f"isolated / plain fork            {isolated / medians['plain fork of a NumPy process']:8.2f}   (wanted: <= 1.15)"
    )
    print(
        f"python -I / isolated             {medians['python -I with NumPy'] / isolated:8.1f}   (wanted: >= 20)"
    )


def driven(level: str) -> None:
    slot = open_sandbox(level=level)
    source = "def rule(x, y):\n    return x + y\n\ndef best(item, bins):\n    return float(item)\n"
    session = slot.open({"main.py": source}, "main.py", Limits(wall_seconds=60.0))
    rule, best = session.drive("rule"), session.drive("best")
    bins = np.ones(50)
    for name, way in {
        "two floats": lambda: rule(1.0, 2.0),
        "float and array of 50": lambda: best(1.0, bins),
    }.items():
        seconds = interleaved({name: (way, 200)}, 20)[name]
        print(f"drive, {name:25} {seconds * 1e6:8.1f} us a call")
    for size in (100, 1000):
        arrays = np.arange(size, dtype=float), np.ones(size)
        for name, columns in {"arrays": arrays, "lists": [array.tolist() for array in arrays]}.items():
            seconds = interleaved({name: (partial(rule.batch, *columns), 10)}, 20)[name]
            print(f"drive, batch of {f'{size}, {name}':<16} {seconds / size * 1e6:8.2f} us an instance")
    session.finish()
    slot.close()


def throughput(level: str, seconds: float = 3.0) -> None:
    """Evaluate in two processes at once, in a slot each, and by plain forks: what it costs where no processor idles."""
    program = (
        "import sys, time\nsys.path.insert(0, sys.argv[1])\nimport sandbox\n"
        "slot = sandbox.open_sandbox(level=sys.argv[2])\n"
        "way = (lambda: sandbox.in_slot(slot)) if sys.argv[4] == 'slots' else sandbox.in_plain_fork\n"
        "end = time.monotonic() + float(sys.argv[3])\ncount = 0\n"
        "while time.monotonic() < end:\n    way()\n    count += 1\nslot.close()\nprint(count)"
    )
    rates: dict[str, float] = {}
    for name in ("slots", "plain forks"):
        command = [sys.executable, "-c", program, str(Path(__file__).parent), level, str(seconds), name]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
        rates[name] = sum(int(process.communicate()[0]) for process in running) / seconds
        print(f"two {name:28} {rates[name]:8.0f} evaluations/s")
    print(f"plain forks / slots              {rates['plain forks'] / rates['slots']:8.2f}")


MIXED = (
    ("def f(): return 1", "ok"),
    ("def f(): raise ValueError('no')", "error"),
    ("def f(): return [0] * 10**10", "memory_limit"),
    ("import os\ndef f(): os._exit(3)", "exit"),
    ("def f(): return object()", "bad_result"),
    ("def f(:", "invalid_source"),
    ("import ctypes\ndef f(): ctypes.string_at(0)", "crash"),
    ("import numpy\nnumpy.sum = None\ndef f(): print('x' * 100000); return numpy.arange(5)", "ok"),
    ("def f(): open('left', 'w').write('x'); return 1", None),
)


WARM_UP = 200
SETTLED = 5.0


def mixed(slot: Slot, count: int) -> tuple[dict[str, int], dict[str, int]]:
    """Evaluate `count` candidates of all sorts; give what was held before and after."""

    def evaluate(number: int) -> None:
        source, expected = MIXED[number % len(MIXED)]
        try:
            session = slot.open({"main.py": source}, "main.py", LIMITS)
            session.call("f", [])
            session.finish()
            status = "ok"
        except CandidateFailure as failure:
            status = failure.status
        assert expected in {status, None}, f"{source!r} gave {status}"

    for number in range(WARM_UP):
        evaluate(number)
    _settle(slot)
    before = held(slot)
    for number in range(count):
        evaluate(number)
    _settle(slot)
    return before, held(slot)


def _settle(slot: Slot) -> None:
    """End with an evaluation, and wait until the next child is there and the last one gone, but not for what leaks."""
    in_slot(slot)
    deadline = time.monotonic() + SETTLED
    while len(descendants(slot.pid)) != (2 if slot.level == "full" else 1) and time.monotonic() < deadline:
        time.sleep(0.01)


def leaks(level: str, count: int) -> None:
    """Compare descriptors, processes, files, shared memory and resident memory before and after `count` evaluations."""
    slot = open_sandbox(level=level)
    start = time.perf_counter()
    before, after = mixed(slot, count)
    print(f"{count} mixed evaluations at {level} in {time.perf_counter() - start:.1f} s")
    for name, was in before.items():
        print(f"{name:28} before {was:8} after {after[name]:8}")
    slot.close()
    print("processes left:", len(descendants(os.getpid())))


def held(slot: Slot) -> dict[str, int]:
    """Count what this process and its slot hold."""
    # At the level full its first process inside too; the next one is the child that waits.
    slots = [slot.pid, *descendants(slot.pid)][: 2 if slot.level == "full" else 1]
    return {
        "descriptors": _entries("/proc/self/fd"),
        "descriptors of the slot": sum(_entries(f"/proc/{pid}/fd") for pid in slots),
        "threads": threading.active_count(),
        "processes": len(descendants(os.getpid())),
        "temporary files": _entries("/tmp"),  # noqa: S108 - counted, not used
        "shared memory": _entries("/dev/shm"),  # noqa: S108
        "resident kB": _resident(os.getpid()),
        "resident kB of the slot": sum(map(_resident, slots)),
    }


def _entries(folder: str) -> int:
    return sum(1 for _ in Path(folder).iterdir())


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(dict(line.split(":", 1) for line in lines)["VmRSS"].split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaks", type=int, nargs="?", const=10_000, metavar="COUNT")
    parser.add_argument("--level", choices=LEVELS)
    options = parser.parse_args()
    report = describe()
    print(report)
    level = options.level or report.level
    if options.leaks:
        leaks(level, options.leaks)
        return
    evaluations(level)
    driven(level)
    throughput(level)


if __name__ == "__main__":
    main()
