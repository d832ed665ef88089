"""Evaluation in the engine's own process: for tests, benchmarks and notebooks.

The evaluator is trusted wherever it runs; the candidate is as confined as its sandbox makes it.
"""

import asyncio
from collections.abc import Sequence

from evoengine.evaluation import Evaluator, run_trial
from evoengine.ports import Sandbox, Task
from evoengine.types import Evaluation, Problem


class InlineExecutor:
    """Evaluates one task at a time, synchronously."""

    def __init__(self, problem: Problem, evaluator: Evaluator, sandbox: Sandbox) -> None:
        self._problem = problem
        self._evaluator = evaluator
        self._sandbox = sandbox

    @property
    def slots(self) -> int:
        """One."""
        return 1

    async def start(self) -> None:
        """Do nothing."""

    async def evaluate(self, task: Task) -> Evaluation:
        """Evaluate one task."""
        return run_trial(self._evaluator, self._problem, self._sandbox, task)

    async def close(self) -> None:
        """End the sandbox."""
        self._sandbox.close()


class ThreadExecutor:
    """Evaluates on one thread per sandbox: for an evaluator that lives in this process only.

    The evaluator must bear being called from several threads at once when there are several sandboxes.
    """

    def __init__(self, problem: Problem, evaluator: Evaluator, sandboxes: Sequence[Sandbox]) -> None:
        self._problem = problem
        self._evaluator = evaluator
        self._sandboxes = tuple(sandboxes)
        self._free: asyncio.Queue[Sandbox] = asyncio.Queue()

    @property
    def slots(self) -> int:
        """How many tasks run at once."""
        return len(self._sandboxes)

    async def start(self) -> None:
        """Make the sandboxes available."""
        for sandbox in self._sandboxes:
            self._free.put_nowait(sandbox)

    async def evaluate(self, task: Task) -> Evaluation:
        """Evaluate one task on the next free sandbox."""
        sandbox = await self._free.get()
        work = asyncio.ensure_future(
            asyncio.to_thread(run_trial, self._evaluator, self._problem, sandbox, task)
        )
        # A thread cannot be cancelled: its sandbox is free when it is done, whoever still waits.
        work.add_done_callback(lambda _: self._free.put_nowait(sandbox))
        return await asyncio.shield(work)

    async def close(self) -> None:
        """End the sandboxes."""
        for sandbox in self._sandboxes:
            sandbox.close()
