"""Searching from Python: `search`, `resume` and `open_run`."""

import asyncio
import secrets
import threading
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from evoengine.config import LoadedProblem, load_problem, read_run_config, resolve
from evoengine.evaluation import Evaluator, Scored, Trial, as_evaluator
from evoengine.ports import Observer
from evoengine.report import CONFIG_NAME, Run, find_run
from evoengine.session import Session
from evoengine.types import Problem

Result = TypeVar("Result")


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
        The run's folder; by default a new one below ``runs/``.
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

    async def work() -> Run:
        return await _finish(Session(folder, problem, config, evaluator=trusted, observers=observers))

    return run_blocking(work)


def resume(
    spec: str | Path = "last", *, runs: str | Path = "runs", observers: Sequence[Observer] = (), **limits: Any
) -> Run:
    """Go on with a run, with another budget (``candidates=...``, ...) where one is given; give the run.

    Raises what `search` raises, and `RunNotFoundError`.
    """
    folder = find_run(spec, Path(runs))
    config = read_run_config(folder / CONFIG_NAME)
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
    """Run a coroutine to its end, also from a notebook, whose own loop is running already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    results: list[Result] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            results.append(asyncio.run(work()))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            errors.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


async def _finish(session: Session, **limits: Any) -> Run:
    async with session:
        await session.preflight()
        if limits:
            session.extend(**limits)
        await session.run()
    return Run(session.folder)
