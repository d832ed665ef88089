"""A run's log as data to train models on."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from evoengine.effects import Message
from evoengine.encoding import decode_messages
from evoengine.report.run import Run

Form = Literal["sft", "dpo", "jsonl"]


@dataclass(frozen=True, slots=True)
class Offspring:
    """What came of a proposal.

    Attributes
    ----------
    fitness
        Higher is better; None unless the status is ``ok``.
    gain
        Fitness minus that of the fittest parent; None where either has none.
    """

    id: str
    status: str
    fitness: float | None
    gain: float | None


@dataclass(frozen=True, slots=True)
class Sample:
    """One prompt and one reply to it, with the offspring that was made of the reply."""

    operator: str
    parents: tuple[str, ...]
    messages: tuple[Message, ...]
    reply: str
    offspring: Offspring


def training_data(run: Run, form: Form) -> Iterator[Mapping[str, Any]]:
    """Give the lines of a training set; they hold the prompts and replies of proposals, not evaluators' questions.

    ``sft``: conversations whose reply made an offspring fitter than all its parents.
    ``dpo``: pairs of replies to one operator on the same parents, of which the chosen one made the fitter
    offspring: the fittest with the least fit, the second with the second least, and so on, never two of equal
    fitness. One without a fitness is less fit than any. The prompt is that of the chosen one.
    ``jsonl``: every exchange, whatever came of it.
    """
    match form:
        case "sft":
            for sample in samples(run):
                if sample.offspring.gain is not None and sample.offspring.gain > 0:
                    yield {
                        "messages": [*map(asdict, sample.messages), _answer(sample)],
                        **asdict(sample.offspring),
                    }
        case "dpo":
            yield from _pairs(run)
        case "jsonl":
            yield from _exchanges(run)


def samples(run: Run) -> Iterator[Sample]:
    """Give each reply with the offspring made of it, in the order of the replies.

    It is read from the last exchange of a proposal, and only where that has as many replies as there are
    offspring: of other proposals the log does not say which reply made which.
    """
    offspring = _offspring(run)
    last: dict[int | None, Mapping[str, Any]] = {}
    for event in run.store.events(("replied",)):
        if "messages" in event.body:
            last[event.proposal] = event.body
    asked = _asked(run)
    for proposal, body in last.items():
        made = offspring.get(proposal, ())
        if len(made) == len(body["texts"]):
            messages = decode_messages(body, run.store.text)
            for digest, child in zip(body["texts"], made, strict=True):
                yield Sample(*asked[proposal], messages, run.store.text(digest), child)


def _pairs(run: Run) -> Iterator[Mapping[str, Any]]:
    groups: defaultdict[tuple[str, tuple[str, ...]], list[Sample]] = defaultdict(list)
    for sample in samples(run):
        groups[sample.operator, sample.parents].append(sample)
    for group in groups.values():
        group.sort(key=_fitness, reverse=True)
        for chosen, rejected in zip(group[: len(group) // 2], reversed(group), strict=False):
            if _fitness(chosen) > _fitness(rejected):
                yield {
                    "prompt": list(map(asdict, chosen.messages)),
                    "chosen": [_answer(chosen)],
                    "rejected": [_answer(rejected)],
                    "offspring": [asdict(chosen.offspring), asdict(rejected.offspring)],
                }


def _exchanges(run: Run) -> Iterator[Mapping[str, Any]]:
    offspring, asked = _offspring(run), _asked(run)
    for event in run.store.events(("replied",)):
        if event.proposal is None or "messages" not in event.body:
            continue
        operator, parents = asked[event.proposal]
        yield {
            "proposal": event.proposal,
            "step": event.body["step"],
            "operator": operator,
            "parents": parents,
            "model": event.body["model"],
            "messages": [asdict(message) for message in decode_messages(event.body, run.store.text)],
            "replies": [run.store.text(digest) for digest in event.body["texts"]],
            "offspring": [asdict(child) for child in offspring.get(event.proposal, ())],
        }


def _offspring(run: Run) -> Mapping[int | None, Sequence[Offspring]]:
    """Give the offspring of each proposal in its own order."""
    fitness: dict[str, float | None] = {}
    found: defaultdict[int | None, list[Offspring]] = defaultdict(list)
    for known in run:
        candidate, evaluation = known.candidate, known.evaluation
        parents = [value for name in candidate.parents if (value := fitness.get(name)) is not None]
        fitness[candidate.id] = evaluation.fitness
        gain = evaluation.fitness - max(parents) if parents and evaluation.fitness is not None else None
        found[candidate.proposal].append(Offspring(candidate.id, evaluation.status, evaluation.fitness, gain))
    return found


def _asked(run: Run) -> Mapping[int | None, tuple[str, tuple[str, ...]]]:
    """Give the operator and the parents of each proposal."""
    return {
        event.proposal: (event.body["operator"], tuple(event.body["parents"]))
        for event in run.store.events(("asked",))
    }


def _fitness(sample: Sample) -> float:
    fitness = sample.offspring.fitness
    return float("-inf") if fitness is None else fitness


def _answer(sample: Sample) -> Mapping[str, str]:
    return {"role": "assistant", "content": sample.reply}
