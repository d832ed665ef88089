"""Evaluation in the engine's own process: for tests, benchmarks and notebooks.

The evaluator is trusted wherever it runs; the candidate is as confined as its sandbox makes it.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from evoengine.effects import Generated, Question
from evoengine.evaluation import Evaluator, run_trial
from evoengine.ports import Ask, Sandbox, Task
from evoengine.problem import Problem
from evoengine.types import Evaluation


def blocking(ask: Ask) -> Callable[[Sequence[Question]], Sequence[Generated]]:
    """Give a way to ask from a thread that waits for the answers of the running loop."""
    loop = asyncio.get_running_loop()

    async def asked(questions: Sequence[Question]) -> Sequence[Generated]:
        return await ask(questions)

    def call(questions: Sequence[Question]) -> Sequence[Generated]:
        return asyncio.run_coroutine_threadsafe(asked(questions), loop).result()

    return call


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

    @property
    def wanted(self) -> int:
        """Two."""
        return 2

    async def start(self) -> None:
        """Do nothing."""

    async def evaluate(self, task: Task, ask: Ask | None = None) -> Evaluation:
        """Evaluate one task; on a thread where its evaluator may ask models, since they are asked on this one."""
        run = partial(run_trial, self._evaluator, self._problem, self._sandbox, task)
        return run() if ask is None else await asyncio.to_thread(run, ask=blocking(ask))

    async def close(self) -> None:
        """End the sandbox."""
        self._sandbox.close()


class ThreadExecutor:
    """Evaluates on one thread per sandbox: for an evaluator that lives in this process only.

    The evaluator must bear being called from several threads at once when there are several slots.

    Parameters
    ----------
    open_sandbox
        Opens the sandbox of one slot; called on one of the threads.
    initializer
        Called first on each thread.
    """

    def __init__(
        self,
        problem: Problem,
        evaluator: Evaluator,
        open_sandbox: Callable[[], Sandbox],
        *,
        slots: int,
        initializer: Callable[[], None] | None = None,
    ) -> None:
        self._problem = problem
        self._evaluator = evaluator
        self._open_sandbox = open_sandbox
        self._slots = slots
        self._threads = ThreadPoolExecutor(slots, initializer=initializer)
        self._sandboxes: list[Sandbox] = []
        self._free: asyncio.Queue[Sandbox] = asyncio.Queue()
        self._working: set[asyncio.Future[Evaluation]] = set()

    @property
    def slots(self) -> int:
        """How many tasks run at once."""
        return self._slots

    @property
    def wanted(self) -> int:
        """One more for each slot."""
        return 2 * self._slots

    async def start(self) -> None:
        """Open the sandboxes. Raises `SandboxError`."""
        try:
            loop = asyncio.get_running_loop()
            for _ in range(self._slots):
                self._sandboxes.append(await loop.run_in_executor(self._threads, self._open_sandbox))
        except BaseException:
            await self.close()
            raise
        for sandbox in self._sandboxes:
            self._free.put_nowait(sandbox)

    async def evaluate(self, task: Task, ask: Ask | None = None) -> Evaluation:
        """Evaluate one task on the next free sandbox."""
        sandbox = await self._free.get()
        asking = None if ask is None else blocking(ask)
        work = asyncio.get_running_loop().run_in_executor(
            self._threads, run_trial, self._evaluator, self._problem, sandbox, task, asking
        )
        self._working.add(work)

        def done(_: object) -> None:
            self._working.discard(work)
            self._free.put_nowait(sandbox)

        # A thread cannot be cancelled: its sandbox is free when it is done, whoever still waits.
        work.add_done_callback(done)
        return await asyncio.shield(work)

    async def close(self) -> None:
        """Wait for what is still being evaluated, and end the sandboxes."""
        await asyncio.gather(*self._working, return_exceptions=True)
        for sandbox in self._sandboxes:
            sandbox.close()
        self._threads.shutdown()
