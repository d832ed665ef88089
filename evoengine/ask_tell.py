"""A search driven by hand: ask for a genome, score it however you like, tell the score."""

import asyncio
import queue
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from evoengine.engine import Engine
from evoengine.errors import EvoengineError, SandboxError
from evoengine.evaluation import Invalid, Score, Trial, run_trial
from evoengine.ports import Ask, Session, Store, Task
from evoengine.problem import Limits, Problem
from evoengine.recipes import make_recipe
from evoengine.stores import MemoryStore
from evoengine.types import Evaluation, Genome, Known


class AskTell:
    """Any recipe over the real loop, with you in the evaluator's place; use as ``with``, or `close` it.

    Every `ask` must be followed by one `tell`. An operator that evaluates on its way to an offspring
    (constant tuning) asks for those genomes too.

    Parameters
    ----------
    store
        The log; by default in memory. A `SQLiteStore` that holds a run goes on with it.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        recipe: str = "map_elites",
        params: Mapping[str, Any] | None = None,
        seed: int = 0,
        store: Store | None = None,
    ) -> None:
        self.problem = problem
        self.recipe = make_recipe(recipe, problem, params)
        self._turns: queue.SimpleQueue[tuple[Genome, asyncio.Future[Score | None]] | EvoengineError] = (
            queue.SimpleQueue()
        )
        self._open: asyncio.Future[Score | None] | None = None
        self._loop = asyncio.new_event_loop()
        header = {"seed": seed, "order": "proposal", "window": 1}
        log = MemoryStore() if store is None else store
        self._engine = Engine(
            problem, self.recipe, log, _ByHand(problem, self._turns), header=header, clock=time.monotonic
        )
        self._thread = threading.Thread(target=self._search, daemon=True)
        self._thread.start()

    def ask(self) -> Genome:
        """Give the next genome to score. Raises what ended the search, such as `RecipeStalledError`."""
        if self._open is not None:
            raise RuntimeError("tell the score of the genome that was asked for before asking for another")
        turn = self._turns.get()
        if isinstance(turn, EvoengineError):
            raise turn
        genome, self._open = turn
        return genome

    def tell(self, score: Score | float | None) -> None:
        """Tell the score of the genome asked for; None says that it is invalid."""
        if self._open is None:
            raise RuntimeError("ask for a genome before telling a score")
        waiting, self._open = self._open, None
        scored = Score(float(score)) if isinstance(score, int | float) else score
        self._loop.call_soon_threadsafe(waiting.set_result, scored)

    @property
    def best(self) -> Known | None:
        """The fittest candidate told, the earliest of equals."""
        return self._engine.state.best

    def close(self) -> None:
        """End the search. May be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._engine.abort)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _search(self) -> None:
        try:
            self._loop.run_until_complete(self._engine.run())
        except EvoengineError as error:
            self._turns.put(error)
        finally:
            self._loop.close()


class _ByHand:
    """The executor whose slot is a person."""

    slots = 1
    wanted = 1

    def __init__(
        self,
        problem: Problem,
        turns: "queue.SimpleQueue[tuple[Genome, asyncio.Future[Score | None]] | EvoengineError]",
    ) -> None:
        self._problem = problem
        self._turns = turns

    async def start(self) -> None:
        """Do nothing."""

    async def evaluate(self, task: Task, ask: Ask | None = None) -> Evaluation:
        """Wait until the score is told."""
        del ask
        waiting: asyncio.Future[Score | None] = asyncio.get_running_loop().create_future()
        self._turns.put((task.genome, waiting))
        return run_trial(_Told(await waiting), self._problem, _NoSandbox(), task)

    async def close(self) -> None:
        """Do nothing."""


class _Told:
    def __init__(self, score: Score | None) -> None:
        self._score = score

    def evaluate(self, trial: Trial) -> Score:
        del trial
        if self._score is None:
            raise Invalid("told to be invalid")
        return self._score


class _NoSandbox:
    level = "by hand"

    def open(self, genome: Genome, main: str, limits: Limits) -> Session:
        del genome, main, limits
        raise SandboxError("a search driven by hand runs no candidate")

    def close(self) -> None:
        """Do nothing."""
