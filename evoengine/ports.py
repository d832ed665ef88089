"""The seams: what the core asks of the world, and what the world asks of the core."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from evoengine.effects import Conversation, Embed, Embedded, Generate, Generated, Question
from evoengine.measured import Ran, Timing, TrialUsage
from evoengine.problem import Limits, Problem
from evoengine.types import Candidate, Draft, Evaluation, Event, Genome, Job, Known, Usage, Verdict, View


class Library(Protocol):
    """Every candidate told so far, by id, whether or not an archive still holds it."""

    def __getitem__(self, candidate: str, /) -> Known:
        """Give the candidate with its evaluation. Raises `KeyError` for an unknown id."""
        ...


class Recipe(Protocol):
    """A search method. Pure: no clocks, I/O or randomness but the streams it is handed.

    A recipe is a fold over told candidates and steering (`tell`, `abandon`, `steer`); `ask` and `vary` change nothing.
    """

    def seeds(self) -> Sequence[Draft]:
        """Give what is evaluated before the first proposal."""
        ...

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Decide what to vary next; None waits for results in flight."""
        ...

    def vary(self, job: Job, library: Library, rng: np.random.Generator) -> Conversation:
        """Start the job's conversation. It may read the library, never the archive."""
        ...

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Fold one result in."""
        ...

    def abandon(self, job: Job, usage: Usage) -> None:
        """Fold in that a proposal ended without offspring, and what it had spent."""
        ...

    def steer(self, body: Mapping[str, Any]) -> None:
        """Fold in what somebody told the run; what the recipe has no use for changes nothing."""
        ...

    def best(self) -> str | None:
        """Give the id of the best valid candidate, the earliest of equals; None before there is one."""
        ...

    def elites(self) -> Iterable[Known]:
        """Iterate over what the archive holds, in a fixed order."""
        ...

    def stats(self) -> Mapping[str, float]:
        """Give the figures of the archive, equal for equal logs."""
        ...


class Archive(Protocol):
    """A set of candidates under a rule of admission. `insert` alone changes it."""

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Judge and perhaps admit a candidate. One that is not ``ok`` is rejected and changes nothing."""
        ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Known]: ...

    def elites(self) -> Sequence[Known]:
        """Give what the archive holds, in order of first admission."""
        ...

    def best(self) -> Known | None:
        """Give the fittest candidate ever inserted, the earliest of equals."""
        ...

    def stats(self) -> Mapping[str, float]:
        """Give the archive's figures."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """One evaluation to be done: `seed` is the trial's addressed randomness, `sample` which repeat it is."""

    genome: Genome
    cases: tuple[str, ...] = ()
    stage: int | None = None
    seed: int = 0
    sample: int = 0


Ask: TypeAlias = Callable[[Sequence[Question]], Awaitable[Sequence[Generated]]]
"""How an evaluator's questions to models reach the engine, which meters and records them."""


class Executor(Protocol):
    """Evaluates tasks on `slots` slots at once.

    An `Evaluation` it returns has an empty candidate id and no usage: the engine fills both in.
    """

    @property
    def slots(self) -> int:
        """How many tasks run at once."""
        ...

    @property
    def wanted(self) -> int:
        """How many tasks keep every slot busy: those that run, and those that wait to be next."""
        ...

    async def start(self) -> None:
        """Make ready. Raises `EvaluatorError` or `SandboxError` when it cannot."""
        ...

    async def evaluate(self, task: Task, ask: Ask | None = None) -> Evaluation:
        """Evaluate one task; what its evaluator asks models goes through `ask`.

        Raises `EvaluatorError` when the user's evaluator hangs or dies twice, and what `ask` raises.
        """
        ...

    async def close(self) -> None:
        """End every process. May be called twice."""
        ...


class LLM(Protocol):
    """Answers `Generate` and `Embed` effects. Raises `ModelError`."""

    async def generate(self, request: Generate, *, proposal: int, step: int) -> Generated:
        """Ask a model; proposal and step name the call for recording and replay."""
        ...

    async def embed(self, request: Embed, *, proposal: int, step: int) -> Embedded:
        """Give vectors, or none where no model is there for it."""
        ...


class Clock(Protocol):
    """Seconds since the run began, pauses between sessions left out."""

    def __call__(self) -> float: ...


class Observer(Protocol):
    """Sees what is told, after it is logged and folded. Must not change anything."""

    def __call__(self, known: Known, verdict: Verdict) -> None: ...


class Store(Protocol):
    """The log: append-only events with the texts they name.

    Appended events are visible to this store at once and durable after `commit`.
    """

    def append(
        self, kind: str, proposal: int | None, at: float, body: Mapping[str, Any], texts: Mapping[str, str]
    ) -> int:
        """Append an event and the texts its body names by digest; give its number."""
        ...

    def commit(self) -> None:
        """Make everything appended durable. Raises `StoreFullError` or `StoreLockedError`."""
        ...

    def events(self, kinds: Sequence[str] = ()) -> Iterator[Event]:
        """Iterate over the log in order, over all kinds or some."""
        ...

    def text(self, digest: str) -> str:
        """Give a stored text. Raises `KeyError`."""
        ...

    def find(self, digest: str) -> tuple[str, int] | None:
        """Give the id and ordinal of the first candidate whose canonical form has this digest.

        The ordinal counts candidates (seeds included) in the order they were told, from 0.
        """
        ...

    def result(self, candidate: str) -> Mapping[str, Any]:
        """Give the logged result (candidate and evaluation bodies) of an id. Raises `KeyError`."""
        ...

    def answer(self, key: str) -> Mapping[str, Any] | None:
        """Give the body of the ``answered`` event of a question, or None."""
        ...

    def close(self) -> None:
        """Commit and let go of the run."""
        ...


class Driven(Protocol):
    """A fast channel to one function of a candidate, which sees one decision (or batch) at a time."""

    def __call__(self, *args: Any) -> Any:
        """Call the function once."""
        ...

    def batch(self, *columns: Any) -> Any:
        """Call it once for each of many instances, whose first arguments are the first column, and so on."""
        ...


class Session(Protocol):
    """One candidate, loaded in one confined process. Every method may raise `CandidateFailure`."""

    def call(self, name: str, args: Sequence[Any], seconds: float | None = None) -> Any:
        """Call a function of the candidate with plain data; give plain data."""
        ...

    def map(self, name: str, argument_list: Sequence[Sequence[Any]], *, fresh: bool = False) -> list[Any]:
        """Call it for many inputs in one round trip; `fresh` gives each a clean process."""
        ...

    def drive(self, name: str) -> Driven:
        """Give a fast channel to an online heuristic."""
        ...

    def simulate(self, harness: str, args: Sequence[Any], seconds: float | None = None) -> Any:
        """Give what ``simulate(candidate, *args)`` of a harness returns, executed beside the candidate."""
        ...

    def time(self, name: str, args: Sequence[Any], repeats: int) -> Timing:
        """Measure single calls, each in a clean process, which cannot remember the one before."""
        ...

    def run(self, command: Sequence[str], files: Mapping[str, str], stdin: str, seconds: float | None) -> Ran:
        """Run a command on files of the genome, where the sandbox allows processes."""
        ...

    def finish(self) -> TrialUsage:
        """End the process, whatever state it is in, and say what it used. May be called twice."""
        ...


class Sandbox(Protocol):
    """One slot: it opens one session at a time."""

    @property
    def level(self) -> str:
        """What was really refused in the self-test: full, landlock, seccomp or subprocess; then ``+`` and each device."""
        ...

    def open(self, genome: Genome, main: str, limits: Limits) -> Session:
        """Load a candidate. Raises `CandidateFailure` (its source) or `SandboxError` (ours)."""
        ...

    def close(self) -> None:
        """End the slot. May be called twice."""
        ...


class Operator(Protocol):
    """A way to make offspring from parents, as a conversation."""

    @property
    def name(self) -> str:
        """The name it is credited under."""
        ...

    @property
    def arity(self) -> int:
        """How many parents it takes."""
        ...

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation: ...
