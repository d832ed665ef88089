"""Searching from Python: `search`, `resume` and `open_run`."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from evoengine.config import LoadedProblem, load_problem, read_run_config, resolve
from evoengine.errors import ConfigError
from evoengine.evaluation import Evaluator, Scored, Trial, as_evaluator
from evoengine.ports import Observer
from evoengine.report import CONFIG_NAME, Run, find_run
from evoengine.session import Session
from evoengine.types import Problem

Result = TypeVar("Result")

_LIMITS = ("candidates", "evaluations", "seconds", "target")


def search(
    problem: str | Path | LoadedProblem | Problem,
    *,
    evaluator: Evaluator | Callable[[Trial], Scored] | None = None,
    out: str | Path | None = None,
    observers: Sequence[Observer] = (),
    **settings: Any,
) -> Run:
    """Search a problem to the end of its budget; give the run.

    Parameters
    ----------
    problem
        A name, a path, or a `Problem` built here, which then needs an `evaluator`.
    out
        The run's folder; by default a new one below ``runs/``. One that holds a run of the same problem,
        recipe, parameters, seed and order is gone on with, to the budget given here.
    observers
        Called with each candidate and its verdict after they are logged.
    settings
        Of `RunConfig`: ``recipe``, ``params``, ``candidates``, ``seed``, ``slots``, ``order``, ...

    Raises
    ------
    ConfigError, EvaluatorError, SandboxError, StoreError
        Before or while the search runs; what was logged stays, and `resume` goes on from it.
    """
    config = resolve(flags=settings)[0]
    if isinstance(problem, str | Path):
        problem = load_problem(problem, overrides=config.overrides)
    name = problem.problem.name if isinstance(problem, LoadedProblem) else problem.name
    if isinstance(problem, LoadedProblem):
        config = config.model_copy(update={"problem": problem.spec})
    folder = new_folder(name, Path(config.runs)) if out is None else Path(out)
    trusted = None if evaluator is None else as_evaluator(evaluator)
    limits = {name: value for name in _LIMITS if (value := getattr(config, name)) is not None}

    async def work() -> Run:
        session = Session(folder, problem, config, evaluator=trusted, observers=observers)
        return await _finish(session, **limits)

    return run_blocking(work)


def resume(
    spec: str | Path = "last", *, runs: str | Path = "runs", observers: Sequence[Observer] = (), **limits: Any
) -> Run:
    """Go on with a run, with another budget (``candidates=...``, ...) where one is given; give the run.

    Raises what `search` raises, and `RunNotFoundError`.
    """
    folder = find_run(spec, Path(runs))
    config = read_run_config(folder / CONFIG_NAME)
    if not config.problem:
        raise ConfigError(
            f"{folder}: its problem was built in Python, and is not kept with the run",
            cure=f"search(problem, evaluator=..., out={str(folder)!r}, ...) goes on with it",
        )
    problem = load_problem(config.problem, overrides=config.overrides)

    async def work() -> Run:
        return await _finish(Session(folder, problem, config, observers=observers), **limits)

    return run_blocking(work)


def open_run(spec: str | Path = "last", *, runs: str | Path = "runs") -> Run:
    """Open a run for reading, by name, prefix, path or ``last``. Raises `RunNotFoundError`."""
    return Run(find_run(spec, Path(runs)))


def new_folder(name: str, runs: Path) -> Path:
    """Give a folder for a new run that does not exist yet."""
    while (folder := runs / f"{name}-{secrets.token_hex(2)}").exists():
        pass
    return folder


def run_blocking(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run a coroutine to its end, also from a notebook, whose own loop is running already.

    An interrupt there cancels the coroutine, waits for it to end, and is raised again.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    loops: Future[asyncio.AbstractEventLoop] = Future()

    def run() -> Result:
        with asyncio.Runner() as runner:
            loops.set_result(runner.get_loop())
            return runner.run(work())

    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(run)
        try:
            return done.result()
        except KeyboardInterrupt:
            loop = loops.result()
            loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
            raise


async def _finish(session: Session, **limits: Any) -> Run:
    async with session:
        await session.preflight()
        if limits:
            session.extend(**limits)
        await session.run()
    return Run(session.folder)
