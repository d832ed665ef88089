"""The executor that a run's settings ask for."""

import json
import os
import sys
from functools import partial

from evoengine.config import LoadedProblem, RunConfig
from evoengine.errors import ConfigError
from evoengine.evaluation import Evaluator
from evoengine.executors import LocalExecutor, RayExecutor, ThreadExecutor
from evoengine.ports import Executor
from evoengine.problem import Problem
from evoengine.sandbox import affinity, open_sandbox, weakest_accepted


def make_executor(
    config: RunConfig,
    problem: Problem,
    loaded: LoadedProblem | None,
    evaluator: Evaluator | None,
    *,
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
        There is neither, or the problem cannot be evaluated where the settings say.
    """
    slots = 1 if problem.exclusive else config.slots
    if config.executor == "ray":
        return _on_ray(config, problem, loaded, evaluator, slots)
    slots = slots or max(1, int(len(os.sched_getaffinity(0)) / problem.resources.cpus))
    if evaluator is not None:
        at_least = weakest_accepted(config.isolation, problem.min_isolation)
        opener = partial(
            open_sandbox,
            preload=problem.preload,
            at_least=at_least,
            processes=problem.processes,
            devices=problem.devices,
        )
        stay = partial(affinity.follow, processor)
        return ThreadExecutor(problem, evaluator, opener, slots=slots, initializer=stay)
    if loaded is None:
        raise ConfigError("a Problem built in Python needs an evaluator", cure="pass evaluator=...")
    command = [sys.executable, "-m", "evoengine.host", loaded.spec, json.dumps(dict(loaded.overrides))]
    return LocalExecutor(
        [*command, config.isolation or "", *([] if processor < 0 else [str(processor)])],
        slots=slots,
        task_seconds=_task_seconds(problem),
    )


def _on_ray(
    config: RunConfig,
    problem: Problem,
    loaded: LoadedProblem | None,
    evaluator: Evaluator | None,
    slots: int | None,
) -> RayExecutor:
    if loaded is None or evaluator is not None:
        raise ConfigError(
            "executor = ray: a Problem built in Python lives in this process only",
            cure="write the problem and its evaluator to files, or use the local executor",
        )
    return RayExecutor(
        loaded.package(),
        address=config.ray_address,
        most=slots,
        isolation=config.isolation or "",
        resources=problem.resources,
        exclusive=problem.exclusive,
        task_seconds=_task_seconds(problem),
    )


def _task_seconds(problem: Problem) -> float:
    return problem.limits.wall_seconds + problem.limits.evaluator_seconds
