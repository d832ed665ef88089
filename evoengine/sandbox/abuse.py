"""Runs attacks in one slot, and looks after each at what it did to others."""

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from evoengine.errors import CandidateFailure
from evoengine.ports import Ran, Sandbox, Session, TrialUsage
from evoengine.problem import Limits
from evoengine.sandbox import forgeries, open_sandbox
from evoengine.sandbox.attacks import ATTACKS, Attack
from evoengine.sandbox.checks import CHECKS, BrokenError

LIMITS = Limits(wall_seconds=0.3, memory_mb=192, output_kb=16)
_PLAIN_LIMITS = Limits(wall_seconds=5.0)
_SETTLE_SECONDS = 1.0
_WHOLE = 0.75
"""The part of a processor from which on lateness is no fault of the machine's."""
_TRIES = 8
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - looked at, not used
_HELD_OUT = "held out: 7e1f"
_PLAIN = """
import builtins, json, math, os, random, sys, time
import numpy as np

def f(x):
    began = time.perf_counter()
    try:
        left = sorted(set(os.listdir("/scratch/own")) - {"candidate.py", "main.py"})
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
_PROGRAM = """
import json, random, sys
args = json.loads(sys.stdin.read())
random.seed(0)
import candidate
print("\\n" + json.dumps(candidate.f(*args)), end="", flush=True)
"""
_LOOP = "def f():\n    while True: pass"
_TRUTH: dict[str, Any] = {
    "sum": 49,
    "length": 3,
    "root": 4.0,
    "random": 0.8444218515250481,
    "time": True,
    "left": [],
    "path": False,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attack or a check, and every condition that does not hold after it."""

    name: str
    status: str
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Came:
    """What came of a candidate: its status, its value or feedback, and what it used."""

    status: str
    value: Any
    usage: TrialUsage


class Ground:
    """One slot with NumPy at hand, and what must stay as it was around it.

    `pid` gives the slot's process: it is to survive every candidate.
    """

    _plain = _PLAIN
    _slack_seconds = 0.4

    def __init__(self, slot: Sandbox, pid: Callable[[], int]) -> None:
        self._slot = slot
        self._level = slot.level.partition("+")[0]
        self._pid = pid
        self._folder = Path(tempfile.mkdtemp(prefix="evoengine-abuse-"))
        self._folder.chmod(0o755)
        self._secret = self._folder / "secret"
        self._secret.write_text(_HELD_OUT)
        self._secret.chmod(0o644)
        self._serve(self._plain, _PLAIN_LIMITS, 2)
        # Below the slot are, at the level full, its first process inside, and the child that waits.
        self._around = self._look_around()
        if sys.platform == "linux":
            self._around["processes"] = 2 if self._level == "full" else 1

    def close(self) -> None:
        """End the slot, and remove what was made around it."""
        self._slot.close()
        self._secret.unlink()
        self._folder.rmdir()

    def try_all(self, attacks: Sequence[Attack]) -> Iterator[Outcome]:
        """Run every attack that is to fail at the slot's level."""
        for attack in attacks:
            if self._level in attack.levels:
                yield self.run(attack)

    def run(self, attack: Attack, tries: int = _TRIES) -> Outcome:
        """Run one attack.

        One that is late, and did no other harm, is tried again where candidates get only a part of a
        processor: the load comes and goes, and what an attack does to its slot it does every time.
        """
        places = {"{secret}": self._secret, "{beside}": self._folder / "beside", "{host}": os.getpid()}
        source = attack.source
        for mark, place in places.items():
            source = source.replace(mark, str(place))
        pid = self._pid()
        came = self._serve(source, LIMITS, simulated=attack.simulated)
        wrong, late = (*self._harm(attack, came), *self._aftermath(pid)), self._late(attack, came)
        if late and not wrong and tries > 1 and self._share() < _WHOLE:
            return self.run(attack, tries - 1)
        return Outcome(attack.name, came.status, (*wrong, *late))

    def _serve(self, source: str, limits: Limits, *args: Any, simulated: bool = False) -> _Came:
        """Call a candidate's ``f``, or have its ``take`` simulated and replayed."""
        status, usage, session = "ok", TrialUsage(), None
        try:
            session = self._slot.open({"main.py": source}, "main.py", limits)
            value = _simulate(session) if simulated else session.call("f", args)
        except CandidateFailure as failure:
            status, value = failure.status, failure.feedback
        if session is not None:
            usage = session.finish()
        return _Came(status, value, usage)

    def _harm(self, attack: Attack, came: _Came) -> list[str]:
        """Say what the candidate itself shows to have got."""
        value, usage = came.value, came.usage
        found = {
            _unlike(attack, came): came.status not in {"timeout", *attack.kinds},
            "the attack succeeded": isinstance(value, dict)
            and bool(cast("dict[str, Any]", value).get("got")),
            "it read what is held out": _HELD_OUT in f"{value}{usage.output}"
            and self._level in {"full", "landlock"},
            "more output than the cap": len(usage.output) > LIMITS.output_kb << 10,
        }
        return [what for what, so in found.items() if so]

    def _late(self, attack: Attack, came: _Came) -> list[str]:
        """Say what a candidate shows that was too slow, or that was not ended in time."""
        seconds = came.usage.wall_seconds
        found = {
            _unlike(attack, came): came.status == "timeout" and "timeout" not in attack.kinds,
            f"it took {seconds:.2f} s": seconds > LIMITS.wall_seconds + self._slack_seconds,
        }
        return [what for what, so in found.items() if so]

    def _share(self) -> float:
        """Give the part of a processor that an endless loop gets."""
        usage = self._serve(_LOOP, LIMITS).usage
        # One that was not even loaded in time has used nothing.
        return usage.cpu_seconds / (usage.wall_seconds or LIMITS.wall_seconds)

    def _aftermath(self, pid: int) -> list[str]:
        """Say what is not as it was, in the slot and around it."""
        wrong: list[str] = []
        came = self._serve(self._plain, _PLAIN_LIMITS, 2)
        if (came.status, came.value) != ("ok", _TRUTH):
            wrong.append(f"the next candidate: {came.status}, {came.value}")
        if self._pid() != pid:
            wrong.append("the slot had to be replaced")
        until = time.monotonic() + _SETTLE_SECONDS
        while (now := self._look_around()) != self._around and time.monotonic() < until:
            time.sleep(0.01)
        return wrong + [
            f"{name}: {was} became {now[name]}" for name, was in self._around.items() if now[name] != was
        ]

    def _look_around(self) -> dict[str, Any]:
        """Give what no candidate may change."""
        stat = self._secret.stat()
        segments = Path("/proc/sysvipc/shm")
        return {
            "folder": _names(self._folder),
            "temporary": Path("/tmp/evoengine-abuse").exists(),  # noqa: S108 - what an attack tries to make
            "shared memory": [
                name for name in _names(_SHARED_MEMORY) if "evoengine" in name or "psm_" in name
            ],
            "ipc": segments.exists()
            and "77" in [line.split()[0] for line in segments.read_text().splitlines()],
            "secret": (self._secret.read_text(), stat.st_mode, stat.st_mtime_ns),
            "processes": len(descendants(self._pid())),
            "descriptors": len(_names(Path("/dev/fd"))),
        }


class ProgramGround(Ground):
    """A slot that runs commands: each candidate is a program, started in its scratch by another interpreter."""

    # To import NumPy would take longer than all the rest.
    _plain = _PLAIN.replace("import numpy as np", "class np: sum, arange, dot = sum, range, lambda a, b: 2.0")
    # A fork bomb has as many processes to be ended as it may start, which all keep the processors busy.
    _slack_seconds = 1.0

    def _serve(self, source: str, limits: Limits, *args: Any, simulated: bool = False) -> _Came:
        del simulated
        status, usage, session = "ok", TrialUsage(), None
        files = {"candidate.py": source, "main.py": _PROGRAM}
        try:
            session = self._slot.open(files, "", limits)
            ran = session.run([sys.executable, "-B", "{main.py}"], {}, json.dumps(args), None)
            value = _printed(ran)
            status = "ok" if ran.status == 0 else "exit" if ran.status > 0 else "crash"
        except CandidateFailure as failure:
            status, value = failure.status, failure.feedback
        if session is not None:
            usage = session.finish()
        return _Came(status, value, usage)


def _unlike(attack: Attack, came: _Came) -> str:
    return f"{came.status} is not among {sorted(attack.kinds)}: {came.value}"


def _printed(ran: Ran) -> Any:
    """Give the value that a program printed last, or whatever it said."""
    try:
        return json.loads(ran.output.rpartition("\n")[2])
    except (ValueError, RecursionError):
        return f"{ran.output}{ran.errors}"


def put_through(level: str) -> Iterator[Outcome]:
    """Hold a sandbox of this level to its contract, then run the shipped attacks in it.

    Raises `SandboxError` where the level cannot be had.
    """
    slot = open_sandbox(level=level)
    ground = Ground(slot, lambda: slot.pid)
    try:
        for check in CHECKS:
            yield _checked(check, slot)
        yield from ground.try_all(ATTACKS)
    finally:
        ground.close()
    left = descendants(os.getpid())
    yield Outcome("closing", "ok", (f"processes left: {left}",) if left else ())


def _checked(check: Callable[[Sandbox], None], sandbox: Sandbox) -> Outcome:
    name = check.__name__.replace("_", " ")
    try:
        check(sandbox)
    except (BrokenError, CandidateFailure) as error:
        return Outcome(name, "broken", (str(error),))
    return Outcome(name, "ok")


def _simulate(session: Session) -> dict[str, bool]:
    trace = session.simulate(forgeries.HARNESS, [forgeries.ITEMS, forgeries.CAPACITY])
    return {"got": forgeries.replay(trace) > forgeries.BEST}


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []


def descendants(pid: int) -> list[int]:
    """List the processes that a process has started, and those that these have; none where /proc tells none."""
    found: list[int] = []
    # It may end while it is looked at.
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *descendants(child)]
    return found
