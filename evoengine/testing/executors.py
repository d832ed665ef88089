"""The contract of an executor, for the tests of executors of your own.

::

    class TestMyExecutor(ExecutorContract):
        slots = 2

        def make(self, folder: Path) -> Executor:
            return MyExecutor(write_problem(folder), slots=2)
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest

from evoengine.config import LoadedProblem, load_problem
from evoengine.effects import Generated, Question
from evoengine.errors import BudgetReachedError, ConfigError, ModelError
from evoengine.ports import Executor, Task
from evoengine.types import Evaluation, Usage

Result = TypeVar("Result")

_PROBLEM = """
name = "number"
evaluator = "./evaluate.py"
cases = ["a", "b"]
measures = [{ name = "parity", categories = ["even", "odd"] }]

[genome]
files = ["main.py"]

[limits]
wall_seconds = 20
"""

_EVALUATOR = '''
from evoengine.errors import ConfigError
from evoengine.evaluation import Invalid, Score


def evaluate(trial):
    """Score the number that the candidate gives: at stage 0 as 0, at stage 1 as it is."""
    yield Score(0.0)
    value = trial.call("value")
    if value < 0:
        raise Invalid("below zero")
    assert value != 13, "the evaluator does not like it"
    if value == 4242:
        raise ConfigError("args.what = 4242", cure="take another")
    if value == 42:
        value = sum(map(int, trial.complete("six", "seven", role="judge")))
    yield Score(
        float(value),
        measures={"parity": "odd" if value % 2 else "even"},
        cases={name: float(value) for name in trial.cases},
        feedback=f"seed {trial.seed}, ä",
        artifacts={"source": trial.text("main.py")},
    )
'''


def write_problem(folder: Path) -> LoadedProblem:
    """Write the problem that the contract's tasks belong to into a folder, and load it."""
    files = {"problem.toml": _PROBLEM, "evaluate.py": _EVALUATOR, "main.py": program(0)}
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return load_problem(folder)


def program(value: int, seconds: float = 0.0) -> str:
    """Write a candidate that gives a number after so many seconds."""
    return f"import time\n\n\ndef value():\n    time.sleep({seconds})\n    return {value}\n"


def task(value: int, seconds: float = 0.0) -> Task:
    """Make the task that evaluates `program`."""
    return Task({"main.py": program(value, seconds)})


class ExecutorContract(ABC):
    """What every executor keeps to. Subclass it in a test module under a name that starts with ``Test``.

    Attributes
    ----------
    asks
        Whether evaluators can ask models there.
    slots
        How many tasks the executors that `make` gives run at once.
    slow_seconds
        How long a slow candidate takes here: well above what an executor adds to an evaluation.
    """

    asks: ClassVar[bool] = True
    slots: ClassVar[int] = 1
    slow_seconds: ClassVar[float] = 0.5

    @abstractmethod
    def make(self, folder: Path) -> Executor:
        """Make an executor, not started, for the problem that `write_problem` writes into a folder."""

    def use(self, folder: Path, work: Callable[[Executor], Awaitable[Result]]) -> Result:
        """Start an executor, have work done with it, and close it."""

        async def used() -> Result:
            executor = self.make(folder)
            await executor.start()
            try:
                return await work(executor)
            finally:
                await executor.close()

        return asyncio.run(used())

    def test_tasks_are_evaluated_truthfully_whatever_their_order(self, tmp_path: Path) -> None:
        values = [3, 0, 8, -1, 5, 13, 3]

        async def work(executor: Executor) -> list[Evaluation]:
            return await asyncio.gather(*(executor.evaluate(task(value)) for value in values))

        evaluations = self.use(tmp_path, work)
        assert [e.fitness for e in evaluations] == [3.0, 0.0, 8.0, None, 5.0, None, 3.0]
        expected = ["ok", "ok", "ok", "invalid", "ok", "evaluator_error", "ok"]
        assert [e.status for e in evaluations] == expected
        assert evaluations[0].measures == {"parity": "odd"}
        assert evaluations[0].artifacts == {"source": program(3)}
        assert evaluations[3].feedback == "below zero"
        assert "does not like it" in evaluations[5].feedback
        # The engine names the candidate and charges its proposal.
        assert {(e.candidate, e.usage) for e in evaluations} == {("", Usage())}

    def test_a_task_says_which_cases_which_stage_and_which_seed(self, tmp_path: Path) -> None:
        genome = {"main.py": program(4)}
        tasks = [Task(genome, seed=2**62), Task(genome, cases=("b",)), Task(genome, stage=0)]

        async def work(executor: Executor) -> list[Evaluation]:
            return [await executor.evaluate(one) for one in tasks]

        whole, one_case, first_stage = self.use(tmp_path, work)
        assert (whole.feedback, whole.stage, whole.cases) == (f"seed {2**62}, ä", 1, {"a": 4.0, "b": 4.0})
        assert one_case.cases == {"b": 4.0}
        assert (first_stage.fitness, first_stage.stage, first_stage.cases) == (0.0, 0, {})

    def test_what_evaluators_ask_is_answered_where_the_executor_is_used(self, tmp_path: Path) -> None:
        asked: list[Question] = []

        async def ask(questions: Sequence[Question]) -> Sequence[Generated]:
            asked.extend(questions)
            await asyncio.sleep(0.01)
            numbers = {"six": "6", "seven": "7"}
            return [Generated((numbers[q.request.messages[0].content],)) for q in questions]

        async def work(executor: Executor) -> list[Evaluation]:
            tasks = [replace(task(42), sample=n) for n in range(3)]
            return await asyncio.gather(*(executor.evaluate(one, ask) for one in tasks))

        if self.asks:
            assert [e.fitness for e in self.use(tmp_path, work)] == [13.0] * 3
            assert sorted(q.sample for q in asked) == [0, 0, 1, 1, 2, 2]
            assert {q.request.role for q in asked} == {"judge"}

    def test_models_that_fail_fail_the_evaluation_and_the_slot_is_free_again(self, tmp_path: Path) -> None:
        async def ask(_: Sequence[Question]) -> Sequence[Generated]:
            raise BudgetReachedError("calls")

        async def work(executor: Executor) -> Evaluation:
            if self.asks:
                with pytest.raises(BudgetReachedError):
                    await executor.evaluate(task(42), ask)
                with pytest.raises(ModelError, match="none is configured"):
                    await executor.evaluate(task(42))
            return await executor.evaluate(task(5), ask)

        assert self.use(tmp_path, work).fitness == 5.0

    def test_a_setting_that_an_evaluator_finds_wrong_is_an_error_with_its_cure_and_no_evaluation(
        self, tmp_path: Path
    ) -> None:
        async def work(executor: Executor) -> Evaluation:
            with pytest.raises(ConfigError, match=r"args\.what = 4242") as caught:
                await executor.evaluate(task(4242))
            assert caught.value.cure == "take another"
            return await executor.evaluate(task(5))

        assert self.use(tmp_path, work).fitness == 5.0

    def test_as_many_tasks_run_at_once_as_there_are_slots(self, tmp_path: Path) -> None:
        async def seconds(executor: Executor, count: int) -> float:
            start = time.monotonic()
            slow = [executor.evaluate(task(n, self.slow_seconds)) for n in range(count)]
            assert [e.fitness for e in await asyncio.gather(*slow)] == list(range(count))
            return time.monotonic() - start

        async def work(executor: Executor) -> None:
            assert self.slots == executor.slots <= executor.wanted
            beyond = await seconds(executor, self.slots + 1)
            assert beyond >= 2 * self.slow_seconds, "more at once than there are slots"
            if self.slots > 1:
                # The better of two, for the machine may be busy: one by one it never takes less.
                fastest = min([await seconds(executor, self.slots) for _ in range(2)])
                assert fastest < self.slots * self.slow_seconds, "one after the other"

        self.use(tmp_path, work)

    def test_a_slot_that_was_cancelled_is_free_again(self, tmp_path: Path) -> None:
        async def work(executor: Executor) -> list[Evaluation]:
            slow = [
                asyncio.ensure_future(executor.evaluate(task(9, self.slow_seconds)))
                for _ in range(2 * self.slots)
            ]
            await asyncio.sleep(self.slow_seconds / 4)
            for one in slow:
                one.cancel()
            for one in slow:
                with suppress(asyncio.CancelledError):
                    await one
            return await asyncio.gather(*(executor.evaluate(task(value)) for value in (1, 2, 3)))

        assert [e.fitness for e in self.use(tmp_path, work)] == [1.0, 2.0, 3.0]

    def test_closing_twice_and_without_having_started_does_no_harm(self, tmp_path: Path) -> None:
        async def work(executor: Executor) -> bool:
            await executor.close()
            return True

        async def never_started() -> None:
            executor = self.make(tmp_path)
            await executor.close()
            await executor.close()

        assert self.use(tmp_path, work)
        asyncio.run(never_started())
