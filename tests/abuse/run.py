"""Runs every case on the ground it finds itself on, and prints one JSON object for each: what came of it, what is wrong.

``python ground.py NAME run.py LEVEL``
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from evoengine.errors import CandidateFailure
from evoengine.sandbox import Slot, open_sandbox
from evoengine.types import Limits

sys.path.insert(0, str(Path(__file__).parent))
from cases import CASES, Case

LIMITS = Limits(wall_seconds=0.3, memory_mb=192, output_kb=16)
_PLAIN_LIMITS = Limits(wall_seconds=5.0)
_SLACK_SECONDS = 0.4
_TOKEN = "held out: 7e1f"
PLAIN = """
import builtins, json, math, os, random, sys, time
import numpy as np

def f(x):
    began = time.perf_counter()
    try:
        left = os.listdir("/scratch/own")
    except OSError:
        left = []
    return {
        "sum": int(np.sum(np.arange(10)) + np.dot([1.0], [2.0])) + x,
        "length": len([1, 2, 3]),
        "root": math.sqrt(16.0),
        "random": random.random(),
        "time": time.time() > 1e9 and time.perf_counter() >= began > 0,
        "left": left,
        "path": "/tmp" in sys.path,
    }
"""
TRUTH = {
    "sum": 49,
    "length": 3,
    "root": 4.0,
    "random": 0.8444218515250481,
    "time": True,
    "left": [],
    "path": False,
}


class Ground:
    """One slot and what must stay as it was around it."""

    def __init__(self, level: str) -> None:
        self.level = level
        self.slot: Slot = open_sandbox(level=level)
        self.folder = Path(tempfile.mkdtemp(prefix="abuse-ground-"))
        self.folder.chmod(0o755)
        self.secret = self.folder / "secret"
        self.secret.write_text(_TOKEN)
        self.secret.chmod(0o644)
        self.slot.open({"main.py": PLAIN}, "main.py", _PLAIN_LIMITS).finish()
        # The slot, at the level full its first process inside, and the child that waits.
        self.around = self.look_around() | {"processes": 3 if level == "full" else 2}

    def look_around(self) -> dict[str, Any]:
        """Give what no candidate may change."""
        stat = self.secret.stat()
        segments = [line.split()[0] for line in Path("/proc/sysvipc/shm").read_text().splitlines()]
        return {
            "folder": _names(self.folder),
            "temporary": Path("/tmp/evoengine-abuse").exists(),
            "shared memory": [
                name for name in _names(Path("/dev/shm")) if "evoengine" in name or "psm_" in name
            ],
            "ipc": "77" in segments,
            "secret": (self.secret.read_text(), stat.st_mode, stat.st_mtime_ns),
            "processes": len(_descendants(os.getpid())),
            "descriptors": len(_names(Path("/proc/self/fd"))),
        }

    def run(self, case: Case) -> dict[str, Any]:
        """Give a case's status, and every condition that does not hold after it."""
        places = {"{secret}": self.secret, "{beside}": self.folder / "beside", "{host}": os.getpid()}
        source = case.source
        for mark, place in places.items():
            source = source.replace(mark, str(place))
        pid = self.slot.pid
        status, value, feedback, session = "ok", None, "", None
        try:
            session = self.slot.open({"main.py": source}, "main.py", LIMITS)
            value = session.call("f", [])
        except CandidateFailure as failure:
            status, feedback = failure.status, failure.feedback
        wrong: list[str] = []
        if status not in case.kinds:
            wrong.append(f"{status} is not among {sorted(case.kinds)}: {feedback}")
        if isinstance(value, dict) and value.get("got"):
            wrong.append("the attack succeeded")
        usage = session.finish() if session is not None else None
        told = f"{value}{feedback}{usage.output if usage else ''}"
        if _TOKEN in told and self.level in {"full", "landlock"}:
            wrong.append("it read what is held out")
        if usage is not None and usage.wall_seconds > LIMITS.wall_seconds + _SLACK_SECONDS:
            wrong.append(f"it took {usage.wall_seconds:.2f} s")
        if usage is not None and len(usage.output) > LIMITS.output_kb << 10:
            wrong.append("more output than the cap")
        return {"case": case.name, "status": status, "wrong": wrong + self.aftermath(pid)}

    def aftermath(self, pid: int) -> list[str]:
        wrong: list[str] = []
        try:
            session = self.slot.open({"main.py": PLAIN}, "main.py", _PLAIN_LIMITS)
            value = session.call("f", [2])
            session.finish()
        except CandidateFailure as failure:
            return [f"the next candidate failed: {failure}"]
        if value != TRUTH:
            wrong.append(f"the next candidate says {value}")
        if self.slot.pid != pid:
            wrong.append("the slot had to be replaced")
        for name, was in self.around.items():
            until = time.monotonic() + 1.0
            while (now := self.look_around()[name]) != was and time.monotonic() < until:
                time.sleep(0.01)
            if now != was:
                wrong.append(f"{name}: {was} became {now}")
        return wrong


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *_descendants(child)]
    return found


def main() -> None:
    ground = Ground(sys.argv[1])
    wanted = set(sys.argv[2:])
    for case in CASES:
        if ground.level in case.levels and (not wanted or case.name in wanted):
            say(ground.run(case))
    ground.slot.close()
    ground.secret.unlink()
    ground.folder.rmdir()
    left = _descendants(os.getpid())
    say({"case": "closing", "status": "ok", "wrong": [f"processes left: {left}"] if left else []})


def say(outcome: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(outcome) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
