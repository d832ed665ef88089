"""What a run asked models, what they answered, and what that cost."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from evoengine.effects import Message
from evoengine.encoding import decode_messages, decode_usage
from evoengine.report.run import Run
from evoengine.types import Usage


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to a model and the answer, as the log holds them.

    Attributes
    ----------
    step
        The how-manieth effect of the proposal it was, from 0.
    messages
        What was sent; empty where the log is of a version that did not record it.
    texts
        The samples; none where the model refused the prompt.
    """

    step: int
    model: str
    messages: tuple[Message, ...]
    texts: tuple[str, ...]
    usage: Usage


def exchanges(run: Run, candidate: str) -> list[Exchange]:
    """Give all exchanges of the proposal that a candidate came from, in order. Raises `RunNotFoundError`."""
    proposal = run.candidate(candidate).candidate.proposal
    return [
        Exchange(
            event.body["step"],
            event.body["model"],
            decode_messages(event.body, run.store.text),
            tuple(run.store.text(digest) for digest in event.body["texts"]),
            decode_usage(event.body["usage"]),
        )
        for event in run.store.events(("replied",))
        if event.proposal == proposal and "texts" in event.body
    ]


@dataclass(frozen=True, slots=True)
class Spending:
    """What was asked of models, by the name of the model and by the operator of the proposal."""

    models: Mapping[str, Usage]
    operators: Mapping[str, Usage]


def spending(run: Run) -> Spending:
    """Add up every recorded answer of a model, also in proposals that have not ended or came to nothing.

    What an evaluator asks counts for the operator whose offspring it was asked about.
    """
    models: defaultdict[str, Usage] = defaultdict(Usage)
    operators: defaultdict[str, Usage] = defaultdict(Usage)
    asked: dict[int | None, str] = {None: "seed"}
    for event in run.store.events(("asked", "replied", "answered")):
        if event.kind == "asked":
            asked[event.proposal] = event.body["operator"]
        elif "usage" in event.body:
            usage = decode_usage(event.body["usage"])
            models[event.body["model"]] += usage
            operators[asked[event.proposal]] += usage
    return Spending(models, operators)
