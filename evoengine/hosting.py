"""The executor that a run's settings ask for."""

import json
import sys
from functools import partial

from evoengine.config import LoadedProblem, RunConfig
from evoengine.errors import ConfigError
from evoengine.evaluation import Evaluator
from evoengine.executors import LocalExecutor, ThreadExecutor
from evoengine.ports import Executor
from evoengine.sandbox import affinity, open_sandbox, weakest_accepted
from evoengine.types import Problem


def make_executor(
    config: RunConfig,
    problem: Problem,
    loaded: LoadedProblem | None,
    evaluator: Evaluator | None,
    *,
    slots: int,
    processor: int,
) -> Executor:
    """Make the executor of a run.

    Parameters
    ----------
    loaded
        Where evaluator processes find the problem; None for one that was built in this process.
    evaluator
        For such a problem; it stays in this process, on threads.
    processor
        That of an exclusive problem's slot; -1: any.

    Raises
    ------
    ConfigError
        There is neither.
    """
    if evaluator is not None:
        at_least = weakest_accepted(config.isolation, problem.min_isolation)
        opener = partial(
            open_sandbox, preload=problem.preload, at_least=at_least, processes=problem.processes
        )
        stay = partial(affinity.follow, processor)
        return ThreadExecutor(problem, evaluator, opener, slots=slots, initializer=stay)
    if loaded is None:
        raise ConfigError("a Problem built in Python needs an evaluator", cure="pass evaluator=...")
    command = [sys.executable, "-m", "evoengine.host", loaded.spec, json.dumps(dict(loaded.overrides))]
    limits = problem.limits
    return LocalExecutor(
        [*command, config.isolation or "", *([] if processor < 0 else [str(processor)])],
        slots=slots,
        task_seconds=limits.wall_seconds + limits.evaluator_seconds,
    )
