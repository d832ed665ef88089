"""How a candidate becomes an `Evaluation`: the evaluator's side of the sandbox.

The evaluator is trusted and runs here; the candidate runs in a `Session` and returns data, never a score.
"""

import math
import traceback
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from evoengine.errors import CandidateFailure, SandboxError
from evoengine.ports import Ran, Sandbox, Session, Task, Timing, TrialUsage
from evoengine.text.metrics import METRICS, RUN_TIME
from evoengine.types import Evaluation, Genome, Problem

FEEDBACK_LIMIT = 8_000
"""Characters of feedback kept; the middle is cut."""


@dataclass(frozen=True, slots=True)
class Score:
    """What an evaluator says of a candidate.

    Parameters
    ----------
    fitness
        Higher is better; None takes it from the problem's first objective.
    objectives
        Values by objective name, each in its own direction and unit.
    measures
        Values by measure name; raw numbers, never bins.
    cases
        Scores by case name, higher is better.
    exact
        The score was verified in exact arithmetic with zero tolerance.
    """

    fitness: float | None = None
    objectives: Mapping[str, float] = field(default_factory=dict[str, float])
    measures: Mapping[str, float | str] = field(default_factory=dict[str, float | str])
    cases: Mapping[str, float] = field(default_factory=dict[str, float])
    feedback: str = ""
    artifacts: Mapping[str, str] = field(default_factory=dict[str, str])
    exact: bool = False


class Invalid(CandidateFailure):
    """Raised by an evaluator to refuse what a candidate returned; the reason becomes its feedback."""

    def __init__(self, reason: str) -> None:
        super().__init__("invalid", reason)


class Trial:
    """The handle to one candidate under evaluation. Its process starts with the first call.

    Every call may raise `CandidateFailure`, which an evaluator normally lets pass through.
    """

    def __init__(self, problem: Problem, sandbox: Sandbox, task: Task) -> None:
        self._problem = problem
        self._sandbox = sandbox
        self._task = task
        self._session: Session | None = None
        self._usage = TrialUsage()

    def call(self, name: str, *args: Any, seconds: float | None = None) -> Any:
        """Call a function of the candidate; plain data and numeric arrays go in and come out."""
        return self._open().call(name, args, seconds)

    def map(self, name: str, argument_list: Sequence[Sequence[Any]], *, fresh: bool = False) -> list[Any]:
        """Call a function once per argument tuple in one round trip; `fresh` forks a clean child for each."""
        return self._open().map(name, argument_list, fresh=fresh)

    def drive(self, name: str) -> Callable[..., Any]:
        """Give a fast channel to a heuristic that is called many times and cannot look ahead."""
        return self._open().drive(name)

    def time(self, name: str, *args: Any, repeats: int = 5) -> Timing:
        """Measure single calls of a function, best of `repeats`, each in a process that knows nothing of the others.

        The clock is outside the candidate: sending the arguments and the value is part of it, some 20 us for
        a little data; loading is not. All repeats count against ``limits.wall_seconds``. Check ``values`` too.
        Raises `ValueError` unless the problem says ``exclusive = true``, or for `repeats` < 1.
        """
        if not self._problem.exclusive or repeats < 1:
            raise ValueError("trial.time needs `exclusive = true` in the problem, and at least one repeat")
        return self._open().time(name, args, repeats)

    def run(
        self,
        command: Sequence[str],
        *,
        files: Mapping[str, str] | None = None,
        stdin: str = "",
        seconds: float | None = None,
    ) -> Ran:
        """Run a command in the sandbox, in a problem that says ``processes = true``.

        In each word ``{main.c}`` stands for the path of that file, written there before, and ``{scratch}`` for
        the folder it is in, which is the working folder too and lasts as long as the trial:
        ``["cc", "-O2", "{main.c}", "-o", "{scratch}/a.out"]``. `files` are written in addition. What the command
        leaves running is killed. Its clock is outside the sandbox; starting the process is part of the time.
        Raises `ValueError` unless the problem says so, or where a word names no file there is.
        """
        if not self._problem.processes:
            raise ValueError("trial.run needs `processes = true` in the problem")
        return self._open().run(command, files or {}, stdin, seconds)

    def text(self, name: str) -> str:
        """Give one of the genome's texts. Raises `KeyError`."""
        return self._task.genome[name]

    @property
    def genome(self) -> Genome:
        """The candidate's named texts."""
        return self._task.genome

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases to score: those the recipe chose, or all of the problem's."""
        return self._task.cases or self._problem.cases

    @property
    def seed(self) -> int:
        """Addressed randomness: the same for the same genome in the same run."""
        return self._task.seed

    @property
    def usage(self) -> TrialUsage:
        """Wall and CPU seconds, peak memory and captured output so far; ends the candidate's process."""
        if self._session is not None:
            self._usage = self._session.finish()
        return self._usage

    def _open(self) -> Session:
        if self._session is None:
            # Where commands are run, the process that runs them must not be the candidate's.
            main = "" if self._problem.processes else self._problem.main
            self._session = self._sandbox.open(self._task.genome, main, self._problem.limits)
        return self._session


Scored: TypeAlias = Score | float | Generator[Score, None, None]


class Evaluator(Protocol):
    """What a user writes: scores one candidate, in one go or (a generator) in stages, cheap first."""

    def evaluate(self, trial: Trial) -> Scored:
        """Score the candidate behind `trial`."""
        ...


def as_evaluator(thing: "Evaluator | Callable[[Trial], Scored]") -> Evaluator:
    """Take an object with ``evaluate`` as it is, and wrap a plain function. Raises `TypeError`."""
    if hasattr(thing, "evaluate"):
        return thing  # pyright: ignore[reportReturnType] - checked by the line above
    if callable(thing):
        return _Function(thing)
    raise TypeError(
        f"an evaluator is a function or an object with evaluate(trial), not {type(thing).__name__}"
    )


@dataclass(frozen=True, slots=True)
class _Function:
    function: Callable[[Trial], Scored]

    def evaluate(self, trial: Trial) -> Scored:
        return self.function(trial)


def run_trial(evaluator: Evaluator, problem: Problem, sandbox: Sandbox, task: Task) -> Evaluation:
    """Evaluate one task from end to end.

    Never raises for what a candidate does. An exception of the evaluator's own becomes the status
    ``evaluator_error`` with its traceback as feedback, which is the user's to mend.
    """
    trial = Trial(problem, sandbox, task)
    try:
        status, score, stage = _stages(evaluator, problem, trial, task.stage)
    except CandidateFailure as failure:
        status, score, stage = failure.status, Score(feedback=failure.feedback), 0
    except SandboxError as error:
        status, score, stage = "sandbox_failure", Score(feedback=f"{error}; {error.cure}"), 0
    except Exception:  # noqa: BLE001 - the named boundary to the user's evaluator
        status, score, stage = "evaluator_error", Score(feedback=traceback.format_exc()), 0
    usage = trial.usage
    return Evaluation(
        candidate="",
        status=status,
        fitness=score.fitness,
        objectives=score.objectives,
        measures={**score.measures, **_computed(problem, task.genome, usage)} if status == "ok" else {},
        cases=score.cases,
        feedback=_shorten(score.feedback),
        artifacts=_with_output(score.artifacts, usage.output),
        stage=stage,
        exact=score.exact,
        wall_seconds=usage.wall_seconds,
        cpu_seconds=usage.cpu_seconds,
        memory_mb=usage.memory_mb,
        isolation=sandbox.level,
        scoring=problem.scoring,
    )


def _stages(evaluator: Evaluator, problem: Problem, trial: Trial, last: int | None) -> tuple[str, Score, int]:
    """Consume stages until one misses its threshold, the last wanted is reached, or they end."""
    scored = evaluator.evaluate(trial)
    if isinstance(scored, Score):
        return "ok", _check(scored, problem), 0
    if not isinstance(scored, Generator):
        return "ok", _check(Score(_number(scored)), problem), 0
    latest: tuple[Score, int] | None = None
    try:
        for stage, score in enumerate(scored):
            latest = (score, stage)
            if stage == last:
                return "ok", _check(score, problem, partial=True), stage
            missed = _missed(score, stage, problem)
            if missed:
                return "pruned", Score(feedback=missed), stage
    finally:
        scored.close()
    if latest is None:
        raise TypeError("the evaluator is a generator that yielded no Score")
    return "ok", _check(latest[0], problem), latest[1]


def _missed(score: Score, stage: int, problem: Problem) -> str:
    """Say that a stage missed its threshold; empty where it did not, or has none."""
    if stage >= len(problem.stages):
        return ""
    fitness, threshold = _check(score, problem, partial=True).fitness, problem.stages[stage]
    if fitness is None or fitness >= threshold:
        return ""
    reason = f"stage {stage} gave {fitness:.6g}, below its threshold of {threshold:.6g}"
    return f"{reason}\n{score.feedback}".rstrip()


def _check(score: Score, problem: Problem, *, partial: bool = False) -> Score:
    """Fill in fitness and objectives from each other; refuse what is not a finite number.

    An early stage (`partial`) may leave measures out.
    """
    objective = problem.objectives[0]
    sign = 1.0 if objective.direction == "max" else -1.0
    objectives = {name: _number(value) for name, value in score.objectives.items()}
    if score.fitness is not None:
        fitness = _number(score.fitness)
    elif objective.name in objectives:
        fitness = sign * objectives[objective.name]
    else:
        raise TypeError(f"the Score has neither a fitness nor the objective {objective.name!r}")
    objectives.setdefault(objective.name, sign * fitness)
    given = [m for m in problem.measures if not m.computed]
    wanted = [m for m in given if not partial or m.name in score.measures]
    measures = {m.name: _measure(m.categories, m.name, score.measures) for m in wanted}
    cases = {name: _number(value) for name, value in score.cases.items()}
    for name, text in {"feedback": score.feedback, **score.artifacts}.items():
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - the user's code gave it
            raise TypeError(f"the Score's {name} must be a text, not {type(text).__name__}")
    return Score(
        fitness, objectives, measures, cases, score.feedback, dict(score.artifacts), bool(score.exact)
    )


def _computed(problem: Problem, genome: Genome, usage: TrialUsage) -> dict[str, float]:
    """Give the measures that need no evaluator."""
    return {
        m.name: usage.wall_seconds if m.computed == RUN_TIME else METRICS[m.computed](genome, problem)
        for m in problem.measures
        if m.computed
    }


def _measure(categories: tuple[str, ...], name: str, measures: Mapping[str, float | str]) -> float | str:
    if name not in measures:
        raise TypeError(f"the Score lacks the measure {name!r} that the problem declares")
    value = measures[name]
    if not categories:
        return _number(value)
    if value not in categories:
        raise TypeError(f"measure {name!r} is {value!r}, not one of {', '.join(categories)}")
    return value


def _number(value: Any) -> float:
    """Give a finite float; a bool is not a number here, a NumPy scalar is."""
    item = value.item() if hasattr(value, "item") else value
    if type(item) not in (int, float):
        raise TypeError(f"a score must be an int or a float, not {type(value).__name__}")
    if not math.isfinite(item):
        raise CandidateFailure("invalid", f"the score is {item}")
    return float(item)


def _shorten(text: str) -> str:
    if len(text) <= FEEDBACK_LIMIT:
        return text
    half = FEEDBACK_LIMIT // 2
    return f"{text[:half]}\n... {len(text) - 2 * half} characters cut ...\n{text[-half:]}"


def _with_output(artifacts: Mapping[str, str], output: str) -> Mapping[str, str]:
    return {**artifacts, "output": output} if output and "output" not in artifacts else artifacts
