"""From what is typed for RUN to a run that is open for reading."""

from dataclasses import replace
from pathlib import Path

from evoengine.config import LoadedProblem, load_problem, read_run_config, resolve
from evoengine.errors import ConfigError, EvaluatorError
from evoengine.problem import Problem
from evoengine.replay import rebinned
from evoengine.report import CONFIG_NAME, Run, find_run


def runs_folder() -> Path:
    """Give the folder of runs that the settings name."""
    return Path(resolve()[0].runs)


def open_run(spec: str) -> Run:
    """Open a run by name, prefix, path or ``last``. Raises `RunNotFoundError` and `StoreError`."""
    return Run(find_run(spec, runs_folder()))


def load_problem_of(run: Run) -> LoadedProblem:
    """Load the problem that a run was begun with, from where it lies now. Raises `ConfigError`."""
    config = read_run_config(run.folder / CONFIG_NAME)
    if not config.problem:
        raise ConfigError(
            f"{run.name}: its problem was built in Python and cannot be loaded again",
            cure="put the problem into a folder: `evoengine new NAME`",
        )
    loaded = load_problem(config.problem, overrides=config.overrides)
    return replace(loaded, problem=rebinned(loaded.problem, run.store.events(("steered",))))


def problem_of(run: Run) -> Problem | None:
    """Give a run's problem, or None where it cannot be loaded any more: a run can be read without it."""
    try:
        return load_problem_of(run).problem
    except (ConfigError, EvaluatorError):
        return None
