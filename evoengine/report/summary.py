"""How a run stands, in one record."""

import fcntl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from evoengine.noise import interval
from evoengine.problem import Problem
from evoengine.report.run import LOG_NAME, Run
from evoengine.types import Evaluation, Usage

State = Literal["running", "done", "interrupted", "failed", "killed"]
STATES: tuple[str, ...] = get_args(State)

_BY_LIMIT = {"candidates", "evaluations", "calls", "tokens", "dollars", "seconds", "target"}


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run stands.

    Attributes
    ----------
    state
        ``running``: a process works on it; ``done``: it reached a limit, the `reason`; ``interrupted``:
        somebody stopped it; ``failed``: an error, the `reason`, stopped it; ``killed``: its process
        ended without a word. All but the first can be resumed.
    best, best_at
        The evaluation of the fittest candidate, the earliest of equals, and the second it was told at.
    best_known
        For the first objective, in its own unit.
    candidates
        Told, seeds left out.
    priced
        Whether the price of every model is known.
    checking
        Evaluations of final checks, which are among the `usage` and beyond the budget.
    """

    name: str
    folder: str
    problem: str
    recipe: str
    seed: int
    state: State
    reason: str
    started: str
    seconds: float
    candidates: int
    budget: Mapping[str, Any]
    statuses: Mapping[str, int]
    best: Evaluation | None
    best_at: float | None
    objective: str
    best_known: float | None
    usage: Usage
    priced: bool = False
    checking: int = 0

    @property
    def best_value(self) -> float | None:
        """The first objective of the best candidate, in its own unit."""
        return None if self.best is None else self.best.objectives.get(self.objective, self.best.fitness)

    def to_json(self) -> dict[str, Any]:
        """Give the record as plain data: the fields above, with the best one's fitness, value and verdict."""
        best = self.best
        return {
            "name": self.name,
            "folder": self.folder,
            "problem": self.problem,
            "recipe": self.recipe,
            "seed": self.seed,
            "state": self.state,
            "reason": self.reason,
            "started": self.started,
            "seconds": self.seconds,
            "candidates": self.candidates,
            "budget": dict(self.budget),
            "statuses": dict(self.statuses),
            "best": None if best is None else best.candidate,
            "fitness": None if best is None else best.fitness,
            "objective": self.objective,
            "value": self.best_value,
            "verdict": None if best is None else verdict(best),
            "interval": None if best is None else interval(best),
            "best_at": self.best_at,
            "best_known": self.best_known,
            "usage": {name: getattr(self.usage, name) for name in Usage.__slots__},
        }


def verdict(evaluation: Evaluation) -> str:
    """Give ``strict`` for a score verified in exact arithmetic, else ``float``, or ``scoring: untrusted``."""
    if evaluation.scoring == "untrusted":
        return "scoring: untrusted"
    return "strict" if evaluation.exact else "float"


def summarize(run: Run, problem: Problem | None = None) -> Summary:
    """Summarise a run; without its problem, the first objective is taken to be the fitness."""
    header, stopped = run.header, run.stopped
    state, reason = _state(stopped, live=is_live(run.folder))
    best = run.best
    improvements = run.improvements()
    return Summary(
        name=run.name,
        folder=str(run.folder),
        problem=header["problem"],
        recipe=header["recipe"],
        seed=header["seed"],
        state=state,
        reason=reason,
        started=header["started"],
        seconds=run.seconds,
        candidates=run.candidates,
        budget=run.budget,
        statuses=run.statuses,
        best=None if best is None else best.evaluation,
        best_at=improvements[-1]["at"] if improvements else None,
        objective=problem.objectives[0].name if problem else "fitness",
        best_known=problem.best_known.value if problem and problem.best_known else None,
        usage=run.usage(),
        priced=priced(header),
        checking=run.checking,
    )


def priced(header: Mapping[str, Any]) -> bool:
    """Whether the price of every model that a run may ask is known."""
    models = header.get("models", [])
    return bool(models) and all(model["price"] is not None for model in models)


def is_live(folder: Path) -> bool:
    """Whether a process works on the run, by the lock that it holds."""
    try:
        with (folder / LOG_NAME).with_suffix(".lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _state(stopped: str | None, *, live: bool) -> tuple[State, str]:
    if live:
        return "running", ""
    if stopped is None:
        return "killed", "its process ended without a word"
    if stopped in _BY_LIMIT:
        return "done", stopped
    return ("interrupted", "stopped by hand") if stopped == "interrupted" else ("failed", stopped)
