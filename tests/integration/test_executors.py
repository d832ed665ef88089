"""Evaluator processes and what may happen to them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evoengine.errors import ConfigError, EvaluatorError, SandboxError
from evoengine.executors import LocalExecutor, ThreadExecutor, local
from evoengine.ports import Task
from evoengine.testing.inline import InlineSandbox

PROBLEM = """
name = "number"
evaluator = "./evaluate.py"
[genome]
files = ["main.py"]
[limits]
wall_seconds = 1.0
memory_mb = 256
"""

EVALUATOR = """
import os, signal, time
from pathlib import Path
from evoengine.evaluation import Score


def evaluate(trial):
    text = trial.text("main.py")
    marker = Path(__file__).with_name("died")
    if "the evaluator raises" in text:
        raise ValueError("of its own making")
    if "the evaluator hangs" in text:
        time.sleep(1000)
    if "the evaluator dies" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "the evaluator leaves once" in text and not marker.exists():
        marker.touch()
        os._exit(3)
    if "the evaluator tells its environment" in text:
        return Score(0.0, feedback=repr(dict(os.environ)))
    if "the evaluator says much" in text:
        print("out of the evaluator")
        return Score(0.0, artifacts={"log": "x" * 5_000_000})
    return float(trial.call("value"))
"""


@pytest.fixture
def problem(tmp_path):
    folder = tmp_path / "problem"
    folder.mkdir()
    (folder / "problem.toml").write_text(PROBLEM)
    (folder / "evaluate.py").write_text(EVALUATOR)
    (folder / "main.py").write_text("def value():\n    return 0\n")
    return folder


def command(spec):
    return [sys.executable, "-m", "evoengine.host", str(spec), json.dumps({}), ""]


def candidate(body="return 1", note=""):
    return Task({"main.py": f"# {note}\ndef value():\n    {body}\n"})


def use(executor, work):
    async def used():
        await executor.start()
        try:
            return await work()
        finally:
            await executor.close()

    return asyncio.run(used())


ATTACKS = {
    "while True: pass": {"timeout", "cpu_limit"},
    "import os; os._exit(0)": {"exit", "forbidden"},
    "import sys; sys.exit(0)": {"exit"},
    "import ctypes; ctypes.string_at(0)": {"crash", "forbidden"},
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": {
        "crash",
        "memory_limit",
        "forbidden",
        "error",
    },
    "print('flood' * 10_000_000); return 2": {"ok", "output_limit"},
    "return 'x' * 50_000_000": {"output_limit", "memory_limit"},
    "data = bytearray(2 << 30); return len(data)": {"memory_limit", "error"},
    "return value()": {"error", "crash"},
    "raise KeyError('mine')": {"error"},
    "return open('/proc/self/mem')": {"bad_result", "error", "forbidden"},
}


def test_what_a_candidate_does_costs_its_limit_and_the_next_one_nothing(problem):
    executor = LocalExecutor(command(problem), slots=1, task_seconds=30.0)

    async def work():
        hosts = set(executor._hosts)
        for number, (attack, statuses) in enumerate(ATTACKS.items()):
            evaluation = await executor.evaluate(candidate(attack))
            assert evaluation.status in statuses, (attack, evaluation)
            assert (evaluation.fitness is None) == (evaluation.status != "ok"), attack
            assert evaluation.wall_seconds < 10.0, attack
            assert sum(map(len, evaluation.artifacts.values())) < 100_000, attack
            assert (await executor.evaluate(candidate(f"return {number}"))).fitness == number, attack
        assert set(executor._hosts) == hosts, "a candidate took its evaluator process with it"

    use(executor, work)


def test_an_evaluator_that_raises_is_named_and_goes_on(problem):
    executor = LocalExecutor(command(problem), slots=1, task_seconds=30.0)

    async def work():
        evaluation = await executor.evaluate(candidate(note="the evaluator raises"))
        assert (evaluation.status, evaluation.fitness) == ("evaluator_error", None)
        assert "ValueError: of its own making" in evaluation.feedback
        assert "evaluate.py" in evaluation.feedback
        assert (await executor.evaluate(candidate("return 4"))).fitness == 4.0

    use(executor, work)


@pytest.mark.parametrize(
    ("note", "how", "seconds"),
    [("the evaluator hangs", "was stuck for 2 s", 1.5), ("the evaluator dies", "died twice", 30.0)],
)
def test_an_evaluator_that_hangs_or_dies_is_tried_twice_and_named(problem, monkeypatch, note, how, seconds):
    monkeypatch.setattr(local, "GRACE_SECONDS", 0.5)
    executor = LocalExecutor(command(problem), slots=2, task_seconds=seconds)

    async def work():
        hosts = set(executor._hosts)
        fault, *others = await asyncio.gather(
            executor.evaluate(candidate(note=note)),
            *(executor.evaluate(candidate(f"return {n}")) for n in range(4)),
            return_exceptions=True,
        )
        assert isinstance(fault, EvaluatorError)
        assert how in str(fault)
        assert "resume" in fault.cure
        assert [evaluation.fitness for evaluation in others] == [0.0, 1.0, 2.0, 3.0]
        again = await asyncio.gather(*(executor.evaluate(candidate(f"return {n}")) for n in (7, 8)))
        assert [evaluation.fitness for evaluation in again] == [7.0, 8.0]
        assert len(executor._hosts) == 2
        assert len(hosts & set(executor._hosts)) == 1

    use(executor, work)


def test_an_evaluator_process_that_ended_once_is_replaced_and_its_task_done_again(problem):
    executor = LocalExecutor(command(problem), slots=1, task_seconds=30.0)

    async def work():
        assert (await executor.evaluate(candidate("return 5", "the evaluator leaves once"))).fitness == 5.0
        [host] = executor._hosts
        os.kill(host.process.pid, signal.SIGKILL)
        await host.process.wait()
        assert (await executor.evaluate(candidate("return 6"))).fitness == 6.0

    use(executor, work)


def test_a_cancelled_task_gives_its_slot_back_at_once(problem):
    (problem / "problem.toml").write_text(PROBLEM.replace("1.0", "1000.0"))
    executor = LocalExecutor(command(problem), slots=1, task_seconds=2000.0)

    async def work():
        for pause in (0.2, 0.0):
            task = asyncio.ensure_future(executor.evaluate(candidate("while True: pass")))
            await asyncio.sleep(pause)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert (await executor.evaluate(candidate("return 3"))).fitness == 3.0
        assert len(executor._hosts) == 1

    use(executor, work)


def test_the_environments_secrets_stay_behind(problem, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("SOME_TOKEN", "sk-secret")
    executor = LocalExecutor(command(problem), slots=1, task_seconds=30.0)

    async def work():
        return await executor.evaluate(candidate(note="the evaluator tells its environment"))

    environment = use(executor, work).feedback
    assert "'PATH'" in environment
    assert "sk-secret" not in environment
    assert "KEY" not in environment.upper()


@pytest.mark.parametrize("chosen", ["", "3"])
def test_an_evaluator_computes_in_one_thread_unless_told_otherwise(problem, monkeypatch, chosen):
    for name in local.ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
    if chosen:
        monkeypatch.setenv("OMP_NUM_THREADS", chosen)
    executor = LocalExecutor(command(problem), slots=1, task_seconds=30.0)

    async def work():
        return await executor.evaluate(candidate(note="the evaluator tells its environment"))

    environment = use(executor, work).feedback
    assert f"'OMP_NUM_THREADS': '{chosen or 1}'" in environment
    assert "'OPENBLAS_NUM_THREADS': '1'" in environment


def test_long_texts_arrive_and_prints_do_not_reach_standard_output(problem, capfd):
    executor = LocalExecutor(command(problem), slots=1, task_seconds=30.0)

    async def work():
        return await executor.evaluate(candidate(note="the evaluator says much"))

    assert use(executor, work).artifacts == {"log": "x" * 5_000_000}
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "out of the evaluator" in printed.err


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


def descendants(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in descendants(int(child)))]


def runs(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"
