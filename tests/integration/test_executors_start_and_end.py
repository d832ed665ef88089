"""How evaluator processes start and end."""

import asyncio
import signal
import socket
import subprocess
import sys
import time

import pytest
from family import descendants, runs
from number_problem import PROBLEM, command, problem, use

from evoengine.errors import ConfigError, EvaluatorError, SandboxError
from evoengine.executors import LocalExecutor, ThreadExecutor, local
from evoengine.testing.inline import InlineSandbox

__all__ = ["problem"]


def failing_start(spec):
    executor = LocalExecutor(spec if isinstance(spec, list) else command(spec), slots=2, task_seconds=1.0)

    async def work():
        raise AssertionError

    use(executor, work)


def test_what_keeps_an_evaluator_process_from_starting_is_raised(problem):
    with pytest.raises(ConfigError, match="no such file or folder"):
        failing_start(problem / "absent.toml")
    with pytest.raises(SandboxError, match="isolation level 'wishful'"):
        failing_start([*command(problem)[:-1], "wishful"])
    (problem / "evaluate.py").write_text("import absent_module\n")
    with pytest.raises(EvaluatorError, match="absent_module"):
        failing_start(problem)
    with pytest.raises(EvaluatorError, match="exit code 3"):
        failing_start([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_process_that_does_not_start_in_time_is_given_up(monkeypatch):
    monkeypatch.setattr(local, "START_SECONDS", 0.3)
    with pytest.raises(EvaluatorError, match="before it was ready"):
        failing_start([sys.executable, "-c", "import time; time.sleep(1000)"])


def test_a_program_that_does_not_exist_leaves_nothing_open():
    with pytest.raises(FileNotFoundError):
        failing_start(["/absent/python"])


def test_a_process_that_does_not_end_by_itself_is_killed(monkeypatch):
    monkeypatch.setattr(local, "CLOSE_SECONDS", 0.2)
    stubborn = """
import socket, struct, sys, time
data = b'{"ready": true}'
socket.socket(fileno=int(sys.argv[1])).sendall(struct.pack("<I", len(data)) + data)
time.sleep(1000)
"""
    executor = LocalExecutor([sys.executable, "-c", stubborn], slots=1, task_seconds=1.0)

    async def work():
        return next(iter(executor._hosts)).process

    assert use(executor, work).returncode == -signal.SIGKILL


@pytest.mark.parametrize("isolation", ["", "wishful"])
def test_a_process_that_nobody_waits_for_any_more_ends_without_a_word(problem, isolation):
    ours, theirs = socket.socketpair()
    with theirs:
        ours.close()
        ended = subprocess.run(
            [*command(problem)[:-1], isolation, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_sandboxes_that_were_opened_are_closed_when_another_cannot_be(problem):
    closed = []

    class Sandbox(InlineSandbox):
        def close(self):
            closed.append(self)

    opened = iter([Sandbox(), Sandbox()])

    def open_one():
        sandbox = next(opened, None)
        if sandbox is None:
            raise SandboxError("no more", cure="ask for fewer")
        return sandbox

    executor = ThreadExecutor(None, None, open_one, slots=3)
    with pytest.raises(SandboxError, match="no more"):
        asyncio.run(executor.start())
    assert len(closed) == 2


ENGINE = """
import asyncio, sys
from evoengine.executors import LocalExecutor
from evoengine.ports import Task

async def main():
    executor = LocalExecutor(sys.argv[1:], slots=2, task_seconds=1000.0)
    await executor.start()
    loops = [executor.evaluate(Task({"main.py": "def value():\\n    while True: pass"})) for _ in range(2)]
    working = asyncio.gather(*loops)
    await asyncio.sleep(0.5)
    print(*(host.process.pid for host in executor._hosts), flush=True)
    await working

asyncio.run(main())
"""


def test_evaluator_processes_and_candidates_die_with_the_engine(problem):
    (problem / "problem.toml").write_text(PROBLEM.replace("1.0", "1000.0"))
    engine = subprocess.Popen([sys.executable, "-c", ENGINE, *command(problem)], stdout=subprocess.PIPE)
    family = [pid for host in engine.stdout.readline().split() for pid in descendants(int(host))]
    engine.kill()
    engine.communicate()
    assert len(family) >= 6, "two evaluator processes, two slots and two candidates were expected"
    deadline = time.monotonic() + 60.0
    while (living := [pid for pid in family if runs(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert living == []
