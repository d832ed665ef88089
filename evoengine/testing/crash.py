"""Kill a search with SIGKILL at a random moment, resume it, and hold its log against what was promised."""

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evoengine.errors import StoreDamagedError
from evoengine.replay import canonical, fold
from evoengine.stores import SQLiteStore
from evoengine.testing.toy import ToyRecipe
from evoengine.types import Event

CANDIDATES = 150


@dataclass(frozen=True, slots=True)
class Crash:
    """What one killed and resumed run came to: how many events the kill left, and every promise it broke."""

    events_at_kill: int
    faults: Sequence[str]


@dataclass(frozen=True, slots=True)
class Whole:
    """A run that nobody disturbed: its canonical log, and how many seconds went by from its first byte to the end."""

    log: Sequence[Any]
    seconds: float


def uninterrupted(folder: Path) -> Whole:
    """Run in proposal order to the end."""
    path = folder / "whole.db"
    process = _start(path, "proposal", slots=2)
    begun = _await_log(path, process)
    process.wait()
    return Whole(_read(path), time.monotonic() - begun)


def crash_and_resume(folder: Path, order: str, rng: random.Random, reference: Whole) -> Crash:
    """Run, kill, resume to the end, and check R1 to R3.

    Parameters
    ----------
    reference
        What `uninterrupted` gave: a resumed run in proposal order must equal it, and the kill comes within its time.
    """
    path = Path(tempfile.mkdtemp(dir=folder)) / "run.db"
    process = _start(path, order, slots=rng.choice((1, 2)))
    _await_log(path, process)
    time.sleep(rng.uniform(0.0, reference.seconds))
    process.kill()
    process.wait()
    events_at_kill = len(_events(path))
    code = _start(path, order, slots=rng.choice((1, 2))).wait()
    faults = [f"the resumed run ended with exit code {code}"] if code else _faults(path)
    if not faults and order == "proposal" and _read(path) != reference.log:
        faults = ["the resumed log differs from the uninterrupted one"]
    return Crash(events_at_kill, faults)


def _faults(path: Path) -> list[str]:
    store = SQLiteStore(path, read_only=True)
    events = list(store.events())
    state = fold(events, ToyRecipe(), store.text).digest()
    store.close()
    return broken_promises(events, state)


def broken_promises(events: Sequence[Event], state: str) -> list[str]:
    """Name what a log that was resumed to its end breaks of R1 and R2; `state` is the digest that it folds to."""
    ended = Counter(event.proposal for event in events if event.kind in {"told", "abandoned"})
    asked = [event.proposal for event in events if event.kind == "asked" and event.proposal is not None]
    replied = Counter((e.proposal, e.body["step"]) for e in events if e.kind == "replied")
    checks = {
        "a proposal ended twice": max(ended.values()) > 1,
        "a reply was paid twice": max(replied.values()) > 1,
        "a proposal was asked twice": len(asked) != len(set(asked)),
        "there is a hole": sorted(asked) != list(range(len(asked))) or set(ended) != set(asked),
        "the fold differs from the live state": events[-1].body.get("state") != state,
    }
    return [fault for fault, found in checks.items() if found]


def _start(path: Path, order: str, *, slots: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "evoengine.testing.toy", str(path), order, str(CANDIDATES), str(slots)]
    return subprocess.Popen(command)


def _await_log(path: Path, process: subprocess.Popen[bytes]) -> float:
    """Wait until there is a log, for before there is nothing to kill; give the time."""
    while not path.exists() and process.poll() is None:
        time.sleep(0.002)
    return time.monotonic()


def _events(path: Path) -> list[Any]:
    try:
        store = SQLiteStore(path, read_only=True)
    except StoreDamagedError:
        return []  # killed before there was a log
    events = list(store.events())
    store.close()
    return events


def _read(path: Path) -> list[Any]:
    return canonical(_events(path))
