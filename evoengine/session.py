"""One process's work on a run: its log opened for writing, an engine, an executor."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from evoengine.budget import Budget
from evoengine.config import LIMITS, LoadedProblem, RunConfig, write_run_config
from evoengine.engine import Engine
from evoengine.errors import BudgetReachedError, ConfigError, EvaluatorError, StoreFullError
from evoengine.evaluation import Evaluator
from evoengine.hosting import make_executor
from evoengine.llm import Meter, ModelPool
from evoengine.ports import LLM, Observer, Recipe
from evoengine.problem import Problem
from evoengine.recipes import make_recipe
from evoengine.replay import MEASURED, rebinned
from evoengine.report import CONFIG_NAME, LOG_NAME, Run
from evoengine.sandbox import affinity
from evoengine.signals import Signals
from evoengine.stores import STEERING_NAME, SQLiteStore, Steering
from evoengine.types import Evaluation, Usage

STEERING_SECONDS = 0.5
"""So often a run looks for what it is told."""

RECHECK_SECONDS = 5.0
"""A seed that takes longer is not evaluated twice by the preflight."""

CHECKED = 3
CHECK_REPEATS = 20
"""A final check evaluates so many candidates so often, which gives their means to a quarter of the deviation."""

_IDENTITY = ("problem", "recipe", "params", "seed", "order")
"""What a run keeps from its beginning to its end."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found out before the first candidate: the seed's evaluation, and whether a second one agreed."""

    evaluation: Evaluation
    identical: bool | None


class Session:
    """A run that this process works on.

    Use as ``async with``; then `preflight`, `run`, and meanwhile `stop` or `abort`.

    Parameters
    ----------
    folder
        The run's folder; what its log holds is gone on from.
    evaluator
        For a problem that was built in this process; else None, and evaluator processes load it.
    llm
        Answers operators that ask for a model. A `ModelPool` is begun, started and closed with the session.

    Attributes
    ----------
    processor
        That of an exclusive problem's slot, which this thread keeps off while the session is open; -1: any.
    """

    def __init__(
        self,
        folder: Path,
        problem: LoadedProblem | Problem,
        config: RunConfig,
        *,
        evaluator: Evaluator | None = None,
        llm: LLM | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.folder = folder
        self.config = config
        self.loaded = problem if isinstance(problem, LoadedProblem) else None
        declared = problem.problem if isinstance(problem, LoadedProblem) else problem
        self.problem = declared
        self.processor = affinity.spare() if self.problem.exclusive else -1
        self._affinity: frozenset[int] = frozenset()
        make_recipe(config.recipe, declared, config.params)  # refuses before a folder is made
        self.executor = make_executor(config, declared, self.loaded, evaluator, processor=self.processor)
        self.pool = llm if isinstance(llm, ModelPool) else None
        _require_prices(_budget(config), self.pool)
        self._make_folder()
        self.store = SQLiteStore(folder / LOG_NAME)
        self._steering = Steering(folder / STEERING_NAME)
        window = config.window or self._window()
        try:
            self.problem = rebinned(declared, self.store.events(("steered",)))
            self.recipe: Recipe = make_recipe(config.recipe, self.problem, config.params)
            header = self._header(window)
            self._require_same_search(header)
            self.engine = Engine(
                self.problem,
                self.recipe,
                self.store,
                self.executor,
                header=header,
                clock=time.monotonic,
                window=lambda: config.window or self._window(),
                llm=llm,
                observers=observers,
            )
            if self.pool is not None:
                state = self.engine.state
                self.pool.begin(self.engine.run_seed, lambda: state.budget, state.paid)
        except BaseException:
            self.store.close()
            raise

    def _window(self) -> int:
        """Give how many proposals keep every call and every slot busy.

        In proposal order the answer must not depend on the machine, and stragglers need room to be waited for.
        """
        calls = 0 if self.pool is None else self.pool.concurrency
        return max(8, 2 * calls) if self.config.order == "proposal" else calls + self.executor.wanted

    def _header(self, window: int) -> Mapping[str, Any]:
        config = self.config
        return {
            "evoengine": version("evoengine"),
            "problem": self.problem.name,
            "problem_digest": "" if self.loaded is None else self.loaded.digest,
            "recipe": config.recipe,
            "params": config.params,
            "seed": config.seed,
            "order": config.order,
            "window": window,
            "budget": _budget(config).to_body(),
            "models": [] if self.pool is None else [spec.to_body() for spec in self.pool.specs],
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }

    def _require_same_search(self, header: Mapping[str, Any]) -> None:
        """Refuse to go on with the log of another search."""
        ours = json.loads(json.dumps(header))
        for event in self.store.events(("run",)):
            for key in _IDENTITY:
                if event.body[key] != ours[key]:
                    raise ConfigError(
                        f"{self.folder}: holds a run with {key} = {event.body[key]!r}, not {ours[key]!r}",
                        cure="choose another folder with --out, or go on with this run: evoengine resume",
                    )

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not (self.folder / CONFIG_NAME).exists():
                write_run_config(self.config, self.folder / CONFIG_NAME)
        except OSError as error:
            raise StoreFullError(
                f"{self.folder}: cannot be written ({error.strerror})",
                cure="choose another folder with --out",
            ) from error

    async def __aenter__(self) -> Self:
        self._affinity = affinity.leave(self.processor)
        try:
            if self.pool is not None:
                await self.pool.start()
            await self.executor.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.executor.close()
            if self.pool is not None:
                await self.pool.close()
        finally:
            affinity.restore(self._affinity)
            self.store.close()

    @property
    def changed(self) -> bool:
        """Whether the problem's files differ from those that the run was begun with."""
        begun = self.engine.state.header.get("problem_digest", "")
        return self.loaded is not None and begun != self.loaded.digest

    async def preflight(self) -> Preflight:
        """Evaluate the seeds into the log, and the first one once more if that is quick.

        Raises
        ------
        EvaluatorError
            No seed is valid; the message carries what the evaluator said.
        BudgetReachedError
            The budget does not reach for the seeds; a run with more goes on from what was paid.
        """
        try:
            await self.engine.seed()
        except BudgetReachedError as error:
            body = {"reason": "BudgetReachedError", "message": str(error)}
            self.engine.journal.append("stopped", None, body)
            raise
        finally:
            self.engine.journal.commit()
        first = self.engine.library["seed-0"]
        if self.engine.state.best is None:
            evaluation = first.evaluation
            self.engine.journal.append(
                "stopped", None, {"reason": "EvaluatorError", "message": evaluation.feedback}
            )
            raise EvaluatorError(
                f"the seed of {self.problem.name} itself ends as {evaluation.status}:\n{evaluation.feedback}",
                cure="mend the seed or the evaluator; `evoengine check` tries them alone",
            )
        if first.evaluation.wall_seconds > RECHECK_SECONDS:
            return Preflight(first.evaluation, None)
        again = await self.engine.evaluate(first.candidate)
        return Preflight(first.evaluation, _same(first.evaluation, again))

    def extend(self, **limits: float) -> Budget:
        """Change the run's budget, logged if it differs; give the new one.

        Raises `ConfigError` for an unknown limit, a wrong value, or dollars with a model of unknown price.
        """
        body = self.engine.state.budget.to_body() | limits
        try:
            budget = Budget.from_body(body)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"budget: {error}", cure=f"limits are {', '.join(Budget.__slots__)}") from error
        _require_prices(budget, self.pool)
        if budget != self.engine.state.budget:
            self.engine.steer({"budget": budget.to_body()})
        return budget

    async def check(self, top: int = CHECKED, repeats: int = CHECK_REPEATS) -> None:
        """Evaluate the fittest candidates anew, on samples that no search has seen: it tells luck from merit."""
        run = Run(self.folder)
        try:
            names = [known.candidate.id for known in run.top(top)]
        finally:
            run.close()
        await self.engine.check(names, repeats)

    async def run(self) -> str:
        """Search until a limit or a signal; give the reason. SIGINT and SIGTERM stop, a second one aborts.

        What other processes tell the run meanwhile, it takes up. A noisy problem is checked at the end,
        beyond the budget.
        """
        self.take_up()
        listening = asyncio.ensure_future(self._listen())
        with Signals(self.engine):
            try:
                reason = await self.engine.run()
            finally:
                if not listening.cancel():
                    listening.result()  # it ends by itself only where it cannot read
            if self.problem.noisy and reason != "interrupted":
                await self.check()
        return reason

    def take_up(self) -> None:
        """Make events of the log of what the run was told and has not taken up. Raises `StoreError`."""
        for number, body in self._steering.after(self.engine.state.steered):
            self.engine.steer({**body, "number": number})

    async def _listen(self) -> None:
        while True:
            await asyncio.sleep(STEERING_SECONDS)
            self.take_up()


def _budget(config: RunConfig) -> Budget:
    return Budget(**{name: getattr(config, name) for name in LIMITS})


def _require_prices(budget: Budget, pool: ModelPool | None) -> None:
    """Raise `ConfigError` where a budget in dollars cannot be kept."""
    meter = Meter()
    meter.begin(lambda: budget, Usage())
    meter.check_prices(() if pool is None else pool.specs)


def _same(first: Evaluation, second: Evaluation) -> bool:
    """Whether two evaluations of one genome agree in everything that is not measured or accounted."""
    skipped = {*MEASURED, "candidate", "usage", "artifacts"}
    return all(getattr(first, n) == getattr(second, n) for n in Evaluation.__slots__ if n not in skipped)
