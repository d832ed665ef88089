"""Evaluator processes and what candidates and evaluators may do to them."""

import asyncio
import os
import signal

import pytest
from number_problem import PROBLEM, candidate, command, problem, use

from evoengine.errors import EvaluatorError
from evoengine.executors import LocalExecutor, local

__all__ = ["problem"]


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
