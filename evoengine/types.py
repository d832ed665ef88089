"""The records that everything else speaks in.

All are frozen. Times are seconds, money is US dollars, fitness is higher-is-better throughout;
objectives keep their own direction and unit, for people.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

Genome: TypeAlias = Mapping[str, str]
"""Named texts: ``{"main.py": ...}`` for a program, ``{"prompt.md": ...}`` for a prompt."""

STATUSES = (
    "ok",  # scored
    "pruned",  # it missed the threshold of a stage, and the later stages were spared
    "invalid",  # the evaluator refused what the candidate returned
    "error",  # the candidate raised
    "exit",  # it left by sys.exit or os._exit
    "no_result",  # it ended without returning anything
    "bad_result",  # what it returned is not plain data
    "invalid_source",  # it does not parse, or is no text
    "timeout",
    "cpu_limit",
    "memory_limit",
    "disk_limit",
    "output_limit",
    "crash",  # a signal
    "forbidden",  # it asked the kernel for what the sandbox refuses
    "sandbox_failure",  # ours, not the candidate's: the confinement could not be completed
    "evaluator_error",  # the user's: the evaluator raised on this candidate
)

_EMPTY: Mapping[str, Any] = MappingProxyType({})


def _empty() -> Mapping[str, Any]:
    return _EMPTY


@dataclass(frozen=True, slots=True)
class Usage:
    """What was spent. Addition is field by field."""

    evaluations: int = 0
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    dollars: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.evaluations + other.evaluations,
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.dollars + other.dollars,
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A genome with its identity and origin.

    `id` is ``"<proposal>-<draft>"``, or ``"seed-<n>"``; `digest` is that of the genome's canonical form.
    """

    id: str
    genome: Genome
    digest: str
    parents: tuple[str, ...] = ()
    operator: str = "seed"
    model: str = ""
    proposal: int = -1
    island: int = 0
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of evaluating a candidate.

    `fitness` is finite when `status` is ``ok`` and None otherwise. `exact` says that the score was
    verified in exact arithmetic ("strict") rather than in floating point ("float"). Of a noisy problem,
    `fitness` is the mean of `repeats` evaluations and `deviation` their sample standard deviation. Wall and
    CPU seconds and memory are measured outside the candidate. `usage` is what the whole proposal spent.
    """

    candidate: str
    status: str
    fitness: float | None = None
    objectives: Mapping[str, float] = field(default_factory=_empty)
    measures: Mapping[str, float | str] = field(default_factory=_empty)
    cases: Mapping[str, float] = field(default_factory=_empty)
    feedback: str = ""
    artifacts: Mapping[str, str] = field(default_factory=_empty)
    stage: int = 0
    repeats: int = 1
    deviation: float = 0.0
    exact: bool = False
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_mb: float = 0.0
    usage: Usage = Usage()
    isolation: str = ""
    scoring: Literal["trusted", "untrusted"] = "trusted"

    @property
    def ok(self) -> bool:
        """Whether the candidate was scored."""
        return self.status == "ok"


@dataclass(frozen=True, slots=True)
class Known:
    """A candidate together with its evaluation."""

    candidate: Candidate
    evaluation: Evaluation


Cell: TypeAlias = tuple[int, ...]
"""The index of a cell: one bin per measure."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an archive made of a candidate, judged against the archive as it stood.

    `gain` is never negative: the increase of what the archive maximises (the QD score of a grid, the
    best fitness of a chain). `evicted` holds the ids of candidates that left.
    """

    kind: Literal["new", "improved", "rejected", "dominated", "duplicate"]
    gain: float = 0.0
    cell: Cell | None = None
    rank: int | None = None
    evicted: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the candidate entered the archive."""
        return self.kind in {"new", "improved"}


@dataclass(frozen=True, slots=True)
class Job:
    """All that is needed to restart a proposal. `args` is small and JSON-encodable."""

    proposal: int
    operator: str
    parents: tuple[str, ...] = ()
    inspirations: tuple[str, ...] = ()
    cell: Cell | None = None
    island: int = 0
    args: Mapping[str, Any] = field(default_factory=_empty)


@dataclass(frozen=True, slots=True)
class Draft:
    """An offspring before it has an id. What is left out is taken from its job.

    `evaluation` is what its conversation has found out of it already; without one, the engine evaluates it.
    """

    genome: Genome
    notes: str = ""
    operator: str = ""
    model: str = ""
    parents: tuple[str, ...] = ()
    island: int | None = None
    evaluation: Evaluation | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What `ask` may know beside the archive.

    Attributes
    ----------
    proposal
        The number of the proposal that is asked for.
    told, in_flight
        Proposals that have ended (told or abandoned), and that have been asked and not ended.
    remaining
        Proposals left in the budget, this one included; None where no budget counts them.
    """

    proposal: int
    told: int
    in_flight: int
    remaining: int | None = None


EVENT_KINDS = (
    "run",
    "seeded",
    "asked",
    "replied",
    "answered",
    "told",
    "abandoned",
    "steered",
    "checked",
    "stopped",
)


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log. `at` is the run's own clock: seconds of running, pauses between sessions left out."""

    seq: int
    kind: str
    proposal: int | None
    at: float
    body: Mapping[str, Any]
