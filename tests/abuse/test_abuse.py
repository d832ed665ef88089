"""Every attack of `cases.py` at every level of isolation that can be reached here."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from evoengine.sandbox import LEVELS, describe

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from cases import CASES  # noqa: E402 - found by the line above
from ground import GROUNDS, Ground  # noqa: E402 - found by the line above
from programs import PROGRAMS  # noqa: E402 - found by the line above

_SECONDS = 100.0
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="confinement is for Linux")

REACHABLE = {
    name: ground
    for name, ground in GROUNDS.items()
    # "pod" is "container" under another user; one of the two is enough.
    if (os.geteuid() == 0 or not ground.root) and name != ("pod" if os.geteuid() == 0 else "")
}

PROGRAM_SUITES = [f"{name}+programs" for name, ground in REACHABLE.items() if ground.level == "full"]
SUITES = [*REACHABLE, *PROGRAM_SUITES]


def _ground(suite: str) -> Ground:
    return GROUNDS[suite.partition("+")[0]]


def _run(name: str) -> dict[str, Any]:
    ground, _, programs = name.partition("+")
    what = programs or REACHABLE[ground].level
    command = [sys.executable, str(HERE / "ground.py"), ground, str(HERE / "run.py"), what]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(HERE.parents[1]), "SECRET_KEY": "abuse"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd="/"
    )
    watchdog = threading.Timer(_SECONDS, process.kill)
    watchdog.start()
    out, err = process.communicate()
    watchdog.cancel()
    outcomes = {line["case"]: line for line in map(json.loads, out.splitlines())}
    return {"outcomes": outcomes, "code": process.returncode, "stderr": err}


@pytest.fixture(scope="session")
def results():
    """All grounds, two at a time; a test waits for its own only."""
    best = describe(preload=()).level
    pool = ThreadPoolExecutor(2)
    futures: dict[str, Future[dict[str, Any]]] = {}
    for name in SUITES:
        if LEVELS.index(_ground(name).level) <= LEVELS.index(best):
            futures[name] = pool.submit(_run, name)
    yield futures
    pool.shutdown(cancel_futures=True)


def _outcome(results: dict[str, Future[dict[str, Any]]], name: str, case: str) -> dict[str, Any]:
    if name not in results:
        pytest.skip(f"{_ground(name).level} cannot be had here")
    result = results[name].result()
    if case not in result["outcomes"]:
        pytest.fail(
            f"it ended with {result['code']} before this case: {result['stderr'][-2000:]}", pytrace=False
        )
    return result["outcomes"][case]


@pytest.mark.parametrize(
    ("ground", "case"),
    [
        pytest.param(name, case.name, id=f"{ground.level}-{name}-{case.name}")
        for name, ground in REACHABLE.items()
        for case in CASES
        if ground.level in case.levels
    ],
)
def test_attack_fails_and_leaves_nothing(results, ground, case):
    assert _outcome(results, ground, case)["wrong"] == []


@pytest.mark.parametrize(
    ("suite", "attack"),
    [
        pytest.param(suite, attack.name, id=f"{suite}-{attack.name}")
        for suite in PROGRAM_SUITES
        for attack in PROGRAMS
    ],
)
def test_a_program_that_attacks_fails_and_leaves_nothing(results, suite, attack):
    assert _outcome(results, suite, attack)["wrong"] == []


@pytest.mark.parametrize("ground", SUITES)
def test_no_process_outlives_its_slot(results, ground):
    outcome = _outcome(results, ground, "closing")
    assert outcome["wrong"] == []
    assert results[ground].result()["stderr"] == ""


def test_the_families_are_covered():
    families = {case.name.partition("-")[0] for case in CASES}
    assert families == {
        "loop", "memory", "process", "files", "secret", "others", "network", "exit", "source", "result", "forged", "persist",
    }  # fmt: skip
    assert len(CASES) >= 200
    assert len(PROGRAMS) >= 100
    assert len({case.name for case in CASES}) == len(CASES)
