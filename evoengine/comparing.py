"""Recipes side by side at equal cost: an ordinary run for each recipe and seed."""

import asyncio
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evoengine.api import new_folder, open_session, run_blocking
from evoengine.budget import Budget
from evoengine.config import (
    COSTS,
    ComparisonConfig,
    LoadedProblem,
    ModelTable,
    load_problem,
    resolve,
    write_comparison,
)
from evoengine.engine import Engine
from evoengine.errors import EvoengineError, StoreDamagedError
from evoengine.evaluation import Evaluator, Scored, Trial, as_evaluator
from evoengine.llm import ModelSpec
from evoengine.plans import Planned, plan_runs, require_same, settle_comparison
from evoengine.problem import Problem
from evoengine.report import LOG_NAME, Compared, Comparison, Run, read_curve
from evoengine.session import Signals

DEFAULT_SEEDS = 10
COMPARISON_NAME = "compare.toml"


class Comparing:
    """Searches the runs of one comparison, so many at once, and reads what they came to.

    Each is an ordinary run in a folder of its own below that of the comparison. One that has reached the
    budget is left as it is, and any other is begun or gone on with, so that the same comparison may be
    started again whenever it was stopped or killed, and extended by recipes, seeds or budget.

    Parameters
    ----------
    ended
        Called with each run that has ended, and with how many of how many have.

    Raises
    ------
    ConfigError
        Before anything is searched: a recipe or a parameter that is not there, a recipe that needs a model
        where there is none, or a folder that holds runs of other settings.

    Attributes
    ----------
    errors
        What runs failed with, in the order in which they failed.
    stopped
        Whether `stop` or `abort` was called.
    changed
        Whether a run was begun with other files of the problem than there are now.
    """

    def __init__(
        self,
        folder: Path,
        problem: LoadedProblem | Problem,
        config: ComparisonConfig,
        *,
        evaluator: Evaluator | None = None,
        ended: Callable[[Compared, int, int], None] | None = None,
    ) -> None:
        self.folder = folder
        self.config = config
        self.stopped = False
        self.changed = False
        self.errors: list[BaseException] = []
        self._source = problem
        self.problem = problem.problem if isinstance(problem, LoadedProblem) else problem
        self._evaluator = evaluator
        self._ended = ended
        self._limits = {name: value for name in COSTS if (value := getattr(config.run, name)) is not None}
        self._planned = plan_runs(folder, self.problem, config)
        self._compared: dict[Path, Compared] = {}
        self._free = asyncio.Semaphore(1 if self.problem.exclusive else config.at_once)
        self._engines: set[Engine] = set()

    async def search(self) -> Comparison:
        """Search every run that is not finished; SIGINT and SIGTERM stop all of them, a second one aborts.

        A run that fails is reported, and the others go on. Raises what the first one failed with where not
        a single run is done.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        write_comparison(self.config, self.folder / COMPARISON_NAME)
        for planned in self._planned:
            require_same(planned)
        with Signals(self):
            await asyncio.gather(*(self._work(planned) for planned in self._planned))
        comparison = self.comparison()
        if self.errors and not any(run.state == "done" for run in comparison.runs):
            raise self.errors[0]
        return comparison

    def stop(self, reason: str = "interrupted") -> None:
        """Begin no other run; those under way finish what is in flight."""
        self.stopped = True
        for engine in self._engines:
            engine.stop(reason)

    def abort(self, reason: str = "interrupted") -> None:
        """Drop what is in flight."""
        self.stop(reason)
        for engine in self._engines:
            engine.abort(reason)

    def comparison(self) -> Comparison:
        """Give what the runs came to."""
        return Comparison(
            problem=self.problem.name,
            objective=self.problem.objectives[0],
            folder=str(self.folder),
            budget=Budget(**self._limits),
            target=self.config.target,
            baseline=self.config.baseline,
            runs=[self._compared[planned.folder] for planned in self._planned],
        )

    async def _work(self, planned: Planned) -> None:
        """Bring one run to its end, if it is not there, and note what came of it."""
        async with self._free:
            if self._is_done(planned):
                state, message = "done", ""
            elif self.stopped:
                state, message = "interrupted", ""
            else:
                (result,) = await asyncio.gather(self._search(planned), return_exceptions=True)
                state, message = self._judge(result)
        compared = self._read(planned, state, message)
        self._compared[planned.folder] = compared
        if self._ended is not None:
            self._ended(compared, len(self._compared), len(self._planned))

    async def _search(self, planned: Planned) -> str:
        async with open_session(planned.folder, self._source, planned.config, self._evaluator) as session:
            self._engines.add(session.engine)
            self.changed |= session.changed
            try:
                session.extend(**self._limits)
                await session.preflight()
                if self.stopped:
                    session.engine.stop()
                reason = await session.engine.run()
                if self.problem.noisy and reason in COSTS:
                    await session.check()
                return reason
            finally:
                self._engines.remove(session.engine)

    def _judge(self, result: str | BaseException) -> tuple[str, str]:
        if isinstance(result, str):
            return "done" if result in COSTS else result, ""
        self.errors.append(result)
        bug = not isinstance(result, EvoengineError)
        return type(result).__name__, "".join(traceback.format_exception(result)) if bug else str(result)

    def _is_done(self, planned: Planned) -> bool:
        """Whether a run has reached the budget that is asked for."""
        if not (planned.folder / LOG_NAME).is_file():
            return False
        try:
            run = Run(planned.folder)
        except StoreDamagedError:
            return False  # Killed before there was a log; whoever opens it for writing finds out.
        header, budget, stopped = run.header, run.budget, run.stopped
        unchecked = self.problem.noisy and not run.checks()
        run.close()
        if isinstance(self._source, LoadedProblem):
            self.changed |= header["problem_digest"] != self._source.digest
        reached = stopped in COSTS and {n: budget[n] for n in COSTS if n in budget} == self._limits
        return reached and not unchecked

    def _read(self, planned: Planned, state: str, message: str) -> Compared:
        curve, valid = None, 0
        if state == "done":
            run = Run(planned.folder)
            curve = read_curve(run, self.problem.objectives[0], Budget(**self._limits))
            valid = run.offspring_ok
            run.close()
        return Compared(planned.recipe, planned.seed, str(planned.folder), state, message, curve, valid)


def compare(
    problem: str | Path | LoadedProblem | Problem,
    recipes: Sequence[str],
    *,
    seeds: int = DEFAULT_SEEDS,
    target: float | None = None,
    evaluator: Evaluator | Callable[[Trial], Scored] | None = None,
    models: Sequence[str | ModelSpec] = (),
    out: str | Path | None = None,
    at_once: int | None = None,
    **settings: Any,
) -> Comparison:
    """Search a problem with several recipes at equal cost on the same seeds; give how they compare.

    Parameters
    ----------
    problem, evaluator, models
        As for `search`.
    recipes
        Names. The baseline is added where it is missing: ``best_of_n`` where there are models, else
        ``hill_climb``.
    seeds
        Runs of each recipe, on seeds counted from the setting ``seed``.
    target
        A value of the first objective, which every run is timed to; no run ends there.
    out
        The folder of the comparison; by default a new one below ``runs/``. One that holds it already is
        gone on with.
    at_once
        Runs side by side; by default as many as the processors allow.
    settings
        Of `RunConfig`, for every run: ``evaluations``, ``calls``, ``tokens`` and ``dollars`` are the budget,
        by default 500 evaluations; ``params`` go to each recipe that has them; other limits are dropped.
        Unlike those of `search`, the runs have one slot each and the order ``proposal`` unless told otherwise.

    Raises
    ------
    ConfigError
        What is asked for cannot be had, or `out` holds runs of other settings.
    EvaluatorError, SandboxError, ModelError, StoreError
        No run at all came to its end.
    """
    if models:
        settings["model"] = [model for model in models if isinstance(model, str)]
        tables = [ModelTable.of(model) for model in models if isinstance(model, ModelSpec)]
        settings["models"] = [table.model_dump() for table in tables]
    run = resolve(flags={"slots": 1, "order": "proposal"} | settings)[0]
    if isinstance(problem, str | Path):
        problem = load_problem(problem, overrides=run.overrides)
    if isinstance(problem, LoadedProblem):
        run = run.model_copy(update={"problem": problem.spec})
    config = settle_comparison(run, recipes, seeds=seeds, target=target, at_once=at_once)
    name = problem.problem.name if isinstance(problem, LoadedProblem) else problem.name
    folder = new_folder(f"compare-{name}", Path(run.runs)) if out is None else Path(out)
    trusted = None if evaluator is None else as_evaluator(evaluator)
    return run_blocking(Comparing(folder, problem, config, evaluator=trusted).search)
