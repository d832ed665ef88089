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
    """One prompt and the reply to it that an offspring was made of."""

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
    """Give each offspring's prompt and reply, in the order of the proposals.

    A reply made an offspring if it holds every line that the offspring has and its parents lack, blanks at
    either end aside; of several, the latest exchange counts. So neither a judge's word nor a reply that was
    of no use is taken for the author, and an offspring that nothing in a reply accounts for is left out.
    """
    exchanges: defaultdict[int | None, list[Mapping[str, Any]]] = defaultdict(list)
    for event in run.store.events(("replied",)):
        if "messages" in event.body:
            exchanges[event.proposal].insert(0, event.body)
    asked, lines = _asked(run), _Lines(run)
    for proposal, made in _offspring(run).items():
        for child in made if proposal in exchanges else ():
            found = _author(run, exchanges[proposal], lines.new(child.id))
            if found is not None:
                operator, parents = asked[proposal]
                messages, reply = found
                yield Sample(operator, parents, messages, reply, child)


class _Lines:
    """The lines of candidates."""

    def __init__(self, run: Run) -> None:
        self._candidates = {known.candidate.id: known.candidate for known in run}

    def new(self, name: str) -> set[str]:
        """Give those of a candidate that none of its parents has."""
        parents = self._candidates[name].parents
        return self._of(name).difference(*map(self._of, parents))

    def _of(self, name: str) -> set[str]:
        genome = self._candidates[name].genome
        return {line for text in genome.values() for line in _stripped(text)}


def _author(
    run: Run, exchanges: Sequence[Mapping[str, Any]], new: set[str]
) -> tuple[tuple[Message, ...], str] | None:
    for body in exchanges:
        for digest in body["texts"]:
            reply = run.store.text(digest)
            if new and new.issubset(_stripped(reply)):
                return decode_messages(body, run.store.text), reply
    return None


def _stripped(text: str) -> Iterator[str]:
    return filter(None, map(str.strip, text.splitlines()))


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
