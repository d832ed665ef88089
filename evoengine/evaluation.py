"""How a candidate becomes an `Evaluation`: the evaluator's side of the sandbox.

The evaluator is trusted and runs here; the candidate runs in a `Session` and returns data, never a score.
"""

import functools
import traceback
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from evoengine.errors import CandidateFailure, SandboxError
from evoengine.ports import Driven, Ran, Sandbox, Session, Task, Timing, TrialUsage
from evoengine.score import Score, check, number
from evoengine.text.metrics import METRICS, RUN_TIME
from evoengine.types import Evaluation, Genome, Problem

FEEDBACK_LIMIT = 8_000
"""Characters of feedback kept; the middle is cut."""


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

    def drive(self, name: str) -> Driven:
        """Give a fast channel to a heuristic that is called many times and cannot look ahead.

        ``step = trial.drive("bid")``, then ``step(item, price)`` once for each decision, or
        ``step.batch(items, prices)`` for one decision in each of many instances: a column for each argument,
        an array or a sequence with an entry for each instance. The answers come as an array where all are
        floats, ints or bools, else as a list.
        """
        return self._open().drive(name)

    def simulate(self, harness: str, *args: Any, seconds: float | None = None) -> Any:
        """Run a public harness in the candidate's process, and give the trace that it returns.

        For decisions that are too many to cross the boundary one at a time. `harness` is the text of a file that
        defines ``simulate(candidate, *args)``; `candidate` is the candidate's module. It returns what was decided,
        as plain data.

        **The trace is untrusted until replayed**: the candidate shares the process with the harness, so it
        may have forged any of it, and may have seen all of `args` before its first decision. Let the trace
        hold decisions only, make them again here in a model of your own, refuse (`Invalid`) what the rules do not allow, and
        score what the replay gives. Where looking ahead would be cheating, use `drive`.

        What the harness raises counts as the candidate's failure. Raises `ValueError` where it does not
        parse or defines no ``simulate``.
        """
        _check_harness(harness)
        return self._open().simulate(harness, args, seconds)

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


@functools.lru_cache(maxsize=16)
def _check_harness(text: str) -> None:
    """Find a mistake of the evaluator's before it would count as the candidate's."""
    try:
        names = compile(text, "<harness>", "exec", dont_inherit=True).co_names
    except SyntaxError as error:
        raise ValueError(f"the harness does not parse: {error}") from None
    if "simulate" not in names:
        raise ValueError("the harness defines no function simulate(candidate, *args)")


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
