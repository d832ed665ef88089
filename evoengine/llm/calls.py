"""What passes between the pool and a model: calls, completions and the ways in which a call fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from evoengine.effects import Message
from evoengine.errors import ModelError
from evoengine.llm.specs import Tokens
from evoengine.types import Usage


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one model; the run's seed, the proposal and the step say whose it is.

    To `embed` is to ask for the messages' vectors. With `choices`, the answer is to be one of them. Where an
    endpoint takes priorities, the lower one is answered sooner.
    """

    messages: tuple[Message, ...]
    n: int
    temperature: float | None
    proposal: int
    step: int
    embed: bool = False
    choices: tuple[str, ...] = ()
    priority: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """What came of a call: at least one text, or a vector a message. `tokens` None: the endpoint did not say.

    `likelihoods` holds for each text the probability of each choice, or nothing.
    """

    texts: tuple[str, ...]
    tokens: Tokens | None
    vectors: tuple[tuple[float, ...], ...] = ()
    likelihoods: tuple[Mapping[str, float], ...] = ()


class AttemptError(Exception):
    """One attempt failed in a way in which another one may not.

    Attributes
    ----------
    busy
        The endpoint asks for patience: nothing is wrong with it.
    retry_after
        Seconds that it asked for, or None.
    lost
        The model may have answered, and may be paid, although the answer did not arrive whole.
    usage
        What the attempt is counted as.
    """

    def __init__(
        self, cause: str, *, busy: bool = False, retry_after: float | None = None, lost: bool = False
    ) -> None:
        super().__init__(cause)
        self.busy = busy
        self.retry_after = retry_after
        self.lost = lost
        self.usage = Usage()


class RefusedError(Exception):
    """The endpoint refuses this prompt: it is too long, or a filter objects. Another prompt may do."""


class BadRequestError(ModelError):
    """The endpoint refuses the form of a request, such as a parameter that it does not know."""


class Client(Protocol):
    """Makes calls to one model, one attempt each."""

    async def complete(self, call: Call) -> Completion:
        """Make a call. Raises `AttemptError`, `RefusedError` or `ModelError`."""
        ...


class HTTPClient(Client, Protocol):
    """A client of an endpoint that can be asked what it offers."""

    async def offered(self) -> list[str]:
        """Give the names of the models. Raises `AttemptError` or `ModelError`."""
        ...
