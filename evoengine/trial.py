"""The handle that an evaluator has to one candidate."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from evoengine.effects import UNSEEN, Generate, Generated, Message, Question
from evoengine.errors import ModelError
from evoengine.ports import Driven, Ran, Sandbox, Session, Task, Timing, TrialUsage
from evoengine.problem import Problem
from evoengine.types import Genome

Asking: TypeAlias = Callable[[Sequence[Question]], Sequence[Generated]]


class Trial:
    """The handle to one candidate under evaluation. Its process starts with the first call.

    Every call may raise `CandidateFailure`, which an evaluator normally lets pass through.
    """

    def __init__(self, problem: Problem, sandbox: Sandbox, task: Task, ask: Asking | None = None) -> None:
        self._problem = problem
        self._sandbox = sandbox
        self._task = task
        self._ask = ask
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

    def ask(self, questions: Sequence[Question]) -> Sequence[Generated]:
        """Ask models, all questions at once; the answers come in their order.

        They are metered, in the log before they come back, and paid once in a run: an equal question, of this
        candidate or another, gets the same answer. Waiting counts against no limit of time. Raises
        `ModelError` where no model is configured.
        """
        if self._ask is None:
            raise ModelError(
                "the evaluator asks a model, and none is configured",
                cure="give --model, or [[models]] with roles",
            )
        return self._ask(questions)

    def complete(self, *prompts: str, role: str = "task", temperature: float | None = None) -> list[str]:
        """Ask the model of a role one prompt after the other, all at once; give its answers.

        Each repeat of a noisy problem asks anew. An answer that the endpoint refused is empty. Raises as `ask`.
        """
        questions = [
            Question(Generate((Message("user", prompt),), temperature=temperature, role=role), self.sample)
            for prompt in prompts
        ]
        return [reply.texts[0] if reply.texts else "" for reply in self.ask(questions)]

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
    def sample(self) -> int:
        """Which repeat of a noisy problem this is; 0 where there are none."""
        return self._task.sample

    @property
    def unseen(self) -> bool:
        """Whether this is a final check, after the search: the time for cases that no search may see."""
        return self.sample >= UNSEEN

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
