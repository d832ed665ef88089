"""Every attack of `cases.py` at every level of isolation that can be reached here."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from evoengine.sandbox import LEVELS, describe

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from cases import CASES  # noqa: E402 - found by the line above
from ground import GROUNDS, Ground  # noqa: E402 - found by the line above
from programs import PROGRAMS  # noqa: E402 - found by the line above

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


class _Run:
    """The attacks of one suite in a process of their own, read as far as a test needs."""

    def __init__(self, name: str) -> None:
        ground, _, programs = name.partition("+")
        what = programs or REACHABLE[ground].level
        command = [sys.executable, str(HERE / "ground.py"), ground, str(HERE / "run.py"), what]
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(HERE.parents[1]), "SECRET_KEY": "abuse"}
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the run
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._errors, text=True, env=environment, cwd="/"
        )
        self._lines = map(json.loads, self._process.stdout)
        self._outcomes: dict[str, dict[str, Any]] = {}

    def outcome(self, case: str) -> dict[str, Any] | None:
        """Wait for what came of a case; None where the process ended before it."""
        while case not in self._outcomes:
            line = next(self._lines, None)
            if line is None:
                return None
            self._outcomes[line["case"]] = line
        return self._outcomes[case]

    def end(self) -> tuple[int, str]:
        """Wait for the end; give the exit code and what the process complained of."""
        code = self._process.wait()
        self._errors.seek(0)
        return code, self._errors.read()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()


class _Runs:
    """The suites' runs. Each starts when it is asked for, and the next one beside it."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self._runs: dict[str, _Run] = {}

    def __getitem__(self, name: str) -> _Run:
        number = self.names.index(name)
        for wanted in self.names[number : number + 2]:
            if wanted not in self._runs:
                self._runs[wanted] = _Run(wanted)
        return self._runs[name]

    def close(self) -> None:
        for run in self._runs.values():
            run.close()


@pytest.fixture(scope="session")
def runs():
    best = describe(preload=()).level
    runs = _Runs([name for name in SUITES if LEVELS.index(_ground(name).level) <= LEVELS.index(best)])
    yield runs
    runs.close()


def _outcome(runs: _Runs, name: str, case: str) -> dict[str, Any]:
    if name not in runs.names:
        pytest.skip(f"{_ground(name).level} cannot be had here")
    outcome = runs[name].outcome(case)
    if outcome is None:
        code, said = runs[name].end()
        pytest.fail(f"it ended with {code} before this case: {said[-2000:]}", pytrace=False)
    return outcome


@pytest.mark.parametrize(
    ("ground", "case"),
    [
        pytest.param(name, case.name, id=f"{ground.level}-{name}-{case.name}")
        for name, ground in REACHABLE.items()
        for case in CASES
        if ground.level in case.levels
    ],
)
def test_attack_fails_and_leaves_nothing(runs, ground, case):
    assert _outcome(runs, ground, case)["wrong"] == []


@pytest.mark.parametrize(
    ("suite", "attack"),
    [
        pytest.param(suite, attack.name, id=f"{suite}-{attack.name}")
        for suite in PROGRAM_SUITES
        for attack in PROGRAMS
    ],
)
def test_a_program_that_attacks_fails_and_leaves_nothing(runs, suite, attack):
    assert _outcome(runs, suite, attack)["wrong"] == []


@pytest.mark.parametrize("ground", SUITES)
def test_no_process_outlives_its_slot(runs, ground):
    outcome = _outcome(runs, ground, "closing")
    assert outcome["wrong"] == []
    assert runs[ground].end() == (0, "")


def test_the_families_are_covered():
    families = {case.name.partition("-")[0] for case in CASES}
    assert families == {
        "loop", "memory", "process", "files", "secret", "others", "network", "exit", "source", "result", "forged", "persist",
    }  # fmt: skip
    assert len(CASES) >= 200
    assert len(PROGRAMS) >= 100
    assert len({case.name for case in CASES}) == len(CASES)
