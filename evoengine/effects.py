"""What a conversation asks of the engine, and what it is answered.

An operator is a generator that yields effects, receives replies and returns drafts.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

from evoengine.types import Draft, Evaluation, Genome, Usage


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Generate:
    """Effect: ask a model.

    `temperature` None leaves it to the model's configuration, `model` empty leaves the choice among
    the models of the role to the pool. With `choices`, the answer is to be one of them, and where the
    endpoint says so the reply has the likelihood of each.
    """

    messages: tuple[Message, ...]
    n: int = 1
    temperature: float | None = None
    role: str = "mutate"
    model: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Effect: evaluate a genome, on some cases or all, up to a stage or to the end (None).

    Equal samples have the same addressed randomness, different ones are independent: the repeats of a
    noisy problem are samples 1, 2, 3, ...
    """

    genome: Genome
    cases: tuple[str, ...] = ()
    stage: int | None = None
    sample: int = 0


UNSEEN = 1_000_000
"""The first sample of a final check: beyond all that a search evaluates."""


@dataclass(frozen=True, slots=True)
class Embed:
    """Effect: ask a model of the role ``embed`` for one vector a text."""

    texts: tuple[str, ...]


Effect: TypeAlias = Generate | Evaluate | Embed


@dataclass(frozen=True, slots=True)
class Generated:
    """Reply to `Generate`: `n` texts, or fewer where the model gave fewer.

    `likelihoods` holds for each text the probability of each of the choices asked for, as the model gave
    it; empty where there were none, or the endpoint does not say.
    """

    texts: tuple[str, ...]
    model: str = ""
    usage: Usage = Usage()  # noqa: RUF009 - frozen
    likelihoods: tuple[Mapping[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What an evaluator asks a model. Equal questions of one sample are asked once in a run."""

    request: Generate
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Embedded:
    """Reply to `Embed`: a vector a text, in single precision; none where no model has the role or the texts are refused."""

    vectors: tuple[tuple[float, ...], ...]
    model: str = ""
    usage: Usage = Usage()  # noqa: RUF009 - frozen


class GaveUp(tuple[Draft, ...]):  # noqa: SLOT001 - a tuple cannot have slots of its own
    """No drafts, and in `reason` one word why, which the log keeps: ``"truncated"``, ``"frozen"``, ..."""

    reason: str

    def __new__(cls, reason: str) -> Self:
        """Give an empty sequence of drafts."""
        nothing = super().__new__(cls)
        nothing.reason = reason
        return nothing


Reply: TypeAlias = Generated | Embedded | Evaluation

Conversation: TypeAlias = Generator[Effect, Reply, Sequence[Draft]]
"""What an operator is: it yields effects, receives replies and returns drafts (none, or `GaveUp`: it gave up)."""
