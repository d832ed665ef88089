"""Searching from Python: `search`, `resume` and `open_run`."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from evoengine.config import (
    LIMITS,
    LoadedProblem,
    ModelTable,
    RunConfig,
    load_problem,
    model_params,
    read_run_config,
    resolve,
)
from evoengine.errors import ConfigError
from evoengine.evaluation import Evaluator, Scored, Trial, as_evaluator
from evoengine.llm import ModelPool, ModelSpec, RecordedLLM, ReplyCache
from evoengine.ports import LLM, Observer
from evoengine.problem import Problem
from evoengine.report import CONFIG_NAME, Run, find_run
from evoengine.session import Session

Result = TypeVar("Result")


def search(
    problem: str | Path | LoadedProblem | Problem,
    *,
    evaluator: Evaluator | Callable[[Trial], Scored] | None = None,
    models: Sequence[str | ModelSpec] = (),
    out: str | Path | None = None,
    observers: Sequence[Observer] = (),
    **settings: Any,
) -> Run:
    """Search a problem to the end of its budget; give the run.

    Parameters
    ----------
    problem
        A name, a path, or a `Problem` built here, which then needs an `evaluator`.
    models
        What operators may ask: as ``--model`` names them (`parse_model`), or specified. They replace those
        of the settings.
    out
        The run's folder; by default a new one below ``runs/``. One that holds a run of the same problem,
        recipe, parameters, seed and order is gone on with, to the budget given here.
    observers
        Called with each candidate and its verdict after they are logged.
    settings
        Of `RunConfig`: ``recipe``, ``params``, ``candidates``, ``seed``, ``slots``, ``order``,
        ``dollars``, ...

    Raises
    ------
    ConfigError, EvaluatorError, SandboxError, ModelError, StoreError
        Before or while the search runs; what was logged stays, and `resume` goes on from it.
    """
    require_one_source(models, settings.get("replay"))
    if models:
        settings["model"] = [model for model in models if isinstance(model, str)]
        tables = [ModelTable.of(model) for model in models if isinstance(model, ModelSpec)]
        settings["models"] = [table.model_dump() for table in tables]
    config = settled(resolve(flags=settings)[0])
    if isinstance(problem, str | Path):
        problem = load_problem(problem, overrides=config.overrides)
    name = problem.problem.name if isinstance(problem, LoadedProblem) else problem.name
    if isinstance(problem, LoadedProblem):
        config = config.model_copy(update={"problem": problem.spec})
    folder = new_folder(name, Path(config.runs)) if out is None else Path(out)
    trusted = None if evaluator is None else as_evaluator(evaluator)
    limits = {name: value for name in LIMITS if (value := getattr(config, name)) is not None}

    async def work() -> Run:
        async with open_session(folder, problem, config, trusted, observers) as session:
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
        async with open_session(folder, problem, config, observers=observers) as session:
            return await _finish(session, **limits)

    return run_blocking(work)


def open_run(spec: str | Path = "last", *, runs: str | Path = "runs") -> Run:
    """Open a run for reading, by name, prefix, path or ``last``. Raises `RunNotFoundError`."""
    return Run(find_run(spec, Path(runs)))


def settled(config: RunConfig) -> RunConfig:
    """Give the settings of a new run in full, so that it goes on as it began, wherever that is.

    Models are looked up in the environment; the operators of a recipe that are left open become those
    that ask models, where there are any. A replay takes over what decides the search from the recorded
    run, and ends where that one does.

    Raises
    ------
    ConfigError
        A model is none, or what is given contradicts the recorded run.
    """
    if config.replay:
        return _replaying(config)
    specs = [table.spec() for table in config.models]
    specs += [ModelTable(name=text).spec() for text in config.model]
    changes: dict[str, Any] = {"model": [], "models": [ModelTable.of(spec) for spec in specs]}
    if config.cache:
        changes["cache"] = str(Path(config.cache).expanduser().absolute())
    if specs:
        changes["params"] = model_params(config.recipe, specs, config.params)
    return config.model_copy(update=changes)


def require_one_source(models: Sequence[object], replay: str | None) -> None:
    """Raise `ConfigError` where both models and a recorded run are to answer; models of a file stand back."""
    if models and replay:
        raise ConfigError(
            "replay: the recorded replies stand in for models, and models are given",
            cure="leave out the models",
        )


def _replaying(config: RunConfig) -> RunConfig:
    folder = find_run(config.replay, Path(config.runs)).absolute()
    run = Run(folder)
    recorded = read_run_config(folder / CONFIG_NAME)
    header, budget, candidates = run.header, run.budget, run.candidates
    run.close()
    if not candidates:
        raise ConfigError(f"replay: {run.name} has no candidates", cure="name another run")
    if config.problem and recorded.problem and load_problem(config.problem).spec != recorded.problem:
        raise ConfigError(
            f"replay: {run.name} is a run of {recorded.problem}, not of {config.problem}",
            cure="leave out the problem",
        )
    unlimited = dict.fromkeys(LIMITS)
    changes: dict[str, Any] = {
        **{name: header[name] for name in ("recipe", "params", "seed", "order", "window")},
        **unlimited,
        "problem": recorded.problem,
        "overrides": recorded.overrides,
        "candidates": min(candidates, budget.get("candidates", candidates)),
        "target": budget.get("target"),
        "replay": str(folder),
        "model": [],
        "models": [],
        "cache": "",
    }
    return config.model_copy(update=changes)


@asynccontextmanager
async def open_session(
    folder: Path,
    problem: LoadedProblem | Problem,
    config: RunConfig,
    evaluator: Evaluator | None = None,
    observers: Sequence[Observer] = (),
) -> AsyncGenerator[Session, None]:
    """Open a session with the models that its settings name; parameters as for `Session`."""
    async with AsyncExitStack() as stack:
        llm: LLM | None = None
        if config.replay:
            recorded = Run(Path(config.replay))
            stack.callback(recorded.close)
            llm = RecordedLLM(recorded.store)
        elif config.models:
            specs = [table.spec() for table in config.models]
            llm = ModelPool(specs, cache=ReplyCache(Path(config.cache)) if config.cache else None)
            stack.push_async_callback(llm.close)
        session = Session(folder, problem, config, evaluator=evaluator, llm=llm, observers=observers)
        yield await stack.enter_async_context(session)


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
    if limits:
        session.extend(**limits)
    await session.preflight()
    await session.run()
    return Run(session.folder)
