"""How a candidate becomes an `Evaluation`: the evaluator's side of the sandbox.

The evaluator is trusted and runs here; the candidate runs in a `Session` and returns data, never a score.
"""

import traceback
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from evoengine.errors import BudgetReachedError, CandidateFailure, ConfigError, ModelError, SandboxError
from evoengine.measured import TrialUsage
from evoengine.ports import Sandbox, Task
from evoengine.problem import Problem
from evoengine.score import Score, check, number
from evoengine.text.metrics import METRICS, RUN_TIME
from evoengine.trial import Asking, Trial
from evoengine.types import Evaluation, Genome

FEEDBACK_LIMIT = 8_000
"""Characters of feedback kept; the middle is cut."""


class Invalid(CandidateFailure):
    """Raised by an evaluator to refuse what a candidate returned; the reason becomes its feedback."""

    def __init__(self, reason: str) -> None:
        super().__init__("invalid", reason)


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


def run_trial(
    evaluator: Evaluator, problem: Problem, sandbox: Sandbox, task: Task, ask: Asking | None = None
) -> Evaluation:
    """Evaluate one task from end to end.

    Never raises for what a candidate does. An exception of the evaluator's own becomes the status
    ``evaluator_error`` with its traceback as feedback, which is the user's to mend. What ends the run (a
    setting that is wrong, no model, a budget that is spent) passes through.
    """
    trial = Trial(problem, sandbox, task, ask)
    try:
        status, score, stage = _stages(evaluator, problem, trial, task.stage)
    except CandidateFailure as failure:
        status, score, stage = failure.status, Score(feedback=failure.feedback), 0
    except SandboxError as error:
        status, score, stage = "sandbox_failure", Score(feedback=f"{error}; {error.cure}"), 0
    except (ConfigError, ModelError, BudgetReachedError):
        raise
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
        return "ok", check(scored, problem), 0
    if not isinstance(scored, Generator):
        return "ok", check(Score(number(scored)), problem), 0
    latest: tuple[Score, int] | None = None
    try:
        for stage, score in enumerate(scored):
            latest = (score, stage)
            if stage == last:
                return "ok", check(score, problem, partial=True), stage
            missed = _missed(score, stage, problem)
            if missed:
                return "pruned", Score(feedback=missed), stage
    finally:
        scored.close()
    if latest is None:
        raise TypeError("the evaluator is a generator that yielded no Score")
    return "ok", check(latest[0], problem), latest[1]


def _missed(score: Score, stage: int, problem: Problem) -> str:
    """Say that a stage missed its threshold; empty where it did not, or has none."""
    if stage >= len(problem.stages):
        return ""
    fitness, threshold = check(score, problem, partial=True).fitness, problem.stages[stage]
    if fitness is None or fitness >= threshold:
        return ""
    reason = f"stage {stage} gave {fitness:.6g}, below its threshold of {threshold:.6g}"
    return f"{reason}\n{score.feedback}".rstrip()


def _computed(problem: Problem, genome: Genome, usage: TrialUsage) -> dict[str, float]:
    """Give the measures that need no evaluator."""
    return {
        m.name: usage.wall_seconds if m.computed == RUN_TIME else METRICS[m.computed](genome, problem)
        for m in problem.measures
        if m.computed
    }


def _shorten(text: str) -> str:
    if len(text) <= FEEDBACK_LIMIT:
        return text
    half = FEEDBACK_LIMIT // 2
    return f"{text[:half]}\n... {len(text) - 2 * half} characters cut ...\n{text[-half:]}"


def _with_output(artifacts: Mapping[str, str], output: str) -> Mapping[str, str]:
    return {**artifacts, "output": output} if output and "output" not in artifacts else artifacts
