"""Typed steps of a conversation: each yields one effect and gives its reply.

An operator says ``evaluation = yield from evaluate(genome)`` and gets the type that it expects.
"""

from collections.abc import Generator

from evoengine.effects import (
    Conversation,
    Effect,
    Embed,
    Embedded,
    Evaluate,
    Generate,
    Generated,
    Message,
    Reply,
)
from evoengine.errors import RecipeError
from evoengine.types import Draft, Evaluation, Genome


def generate(
    *messages: Message,
    n: int = 1,
    temperature: float | None = None,
    role: str = "mutate",
    model: str = "",
    choices: tuple[str, ...] = (),
) -> Generator[Effect, Reply, Generated]:
    """Ask a model. Raises `RecipeError` when the reply is of another kind."""
    reply = yield Generate(messages, n, temperature, role, model, choices)
    if not isinstance(reply, Generated):
        raise _mismatch("Generate", "Generated", reply)
    return reply


def evaluate(
    genome: Genome, cases: tuple[str, ...] = (), stage: int | None = None, sample: int = 0
) -> Generator[Effect, Reply, Evaluation]:
    """Evaluate a genome. Raises `RecipeError` when the reply is of another kind."""
    reply = yield Evaluate(genome, cases, stage, sample)
    if not isinstance(reply, Evaluation):
        raise _mismatch("Evaluate", "Evaluation", reply)
    return reply


def embed(*texts: str) -> Generator[Effect, Reply, Embedded]:
    """Ask for a vector a text. Raises `RecipeError` when the reply is of another kind."""
    reply = yield Embed(texts)
    if not isinstance(reply, Embedded):
        raise _mismatch("Embed", "Embedded", reply)
    return reply


def offer(*drafts: Draft) -> Conversation:
    """Give a conversation that asks nothing and ends with these drafts; with none, it gave up."""
    yield from ()
    return drafts


def _mismatch(effect: str, wanted: str, reply: Reply) -> RecipeError:
    return RecipeError(f"the reply to {effect} must be {wanted}, not {type(reply).__name__}")
