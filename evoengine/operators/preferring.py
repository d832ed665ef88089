"""Operators that have a judge compare candidates, and vary one of them: the answer is in the draft's notes."""

import re
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evoengine.effects import Conversation, Effect, Generated, Message, Reply
from evoengine.operators.base import generate
from evoengine.operators.model import Asking
from evoengine.preferences import Preference
from evoengine.problem import Problem
from evoengine.prompts import evolvable_names, render, untrusted
from evoengine.types import Draft, Known

FIRST, SECOND, TIE = "first", "second", "tie"


@dataclass(frozen=True, slots=True)
class Comparing(Asking):
    """How two candidates are compared by a model of the role ``judge``, who sees no score."""

    def _compared(
        self, problem: Problem, template: str, pair: Sequence[Known], **values: str
    ) -> Generator[Effect, Reply, str]:
        """Ask in both orders; give ``first`` or ``second`` where both agree, ``tie``, or nothing if unreadable."""
        shown = [_shown(problem, known) for known in pair]
        answers = Counter[str]()
        for order in ((FIRST, SECOND), (SECOND, FIRST)):
            asked = render(template, {**dict(zip(order, shown, strict=True)), **values}, problem.prompts)
            reply = yield from generate(Message("user", asked), role="judge", choices=(FIRST, SECOND, TIE))
            answer = _read(reply)
            # The first of the pair stands in place order[0].
            answers[{order[0]: FIRST, order[1]: SECOND}.get(answer, answer)] += 1
        if "" in answers:
            return ""
        return next(iter(answers)) if len(answers) == 1 else TIE

    def _varied(
        self, problem: Problem, shown: Sequence[Known], preference: Preference | None
    ) -> Conversation:
        """Rewrite the first of the candidates, with the preference in the notes."""
        task = render("rewrite", {}, problem.prompts)
        drafts = yield from self._ask(problem, shown[0], self._prompt(problem, task, shown[:1], shown[1:]))
        if preference is None:
            return drafts
        return [_noted(draft, preference) for draft in drafts] or drafts


@dataclass(frozen=True, slots=True)
class Prefer(Comparing):
    """Have a judge prefer one of two parents, and rewrite that one."""

    name = "prefer"
    arity = 2

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        answer = yield from self._compared(problem, "prefer", parents, statement=problem.statement)
        ordered = parents[::-1] if answer == SECOND else parents
        better, worse = (known.candidate.id for known in ordered)
        preference = Preference(better, worse, tie=answer == TIE) if answer else None
        return (yield from self._varied(problem, ordered, preference))


@dataclass(frozen=True, slots=True)
class Liken(Comparing):
    """Have a judge say which of two inspirations is more like a third, the first, and rewrite the parent."""

    name = "liken"
    arity = 1

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        reference, *pair = inspirations
        answer = yield from self._compared(problem, "liken", pair, reference=_shown(problem, reference))
        nearer, farther = (known.candidate.id for known in (pair[::-1] if answer == SECOND else pair))
        found = Preference(nearer, farther, reference.candidate.id, answer == TIE) if answer else None
        return (yield from self._varied(problem, parents, found))


def _noted(draft: Draft, preference: Preference) -> Draft:
    return replace(draft, notes=f"{draft.notes} {preference.to_notes()}".strip())


def _shown(problem: Problem, known: Known) -> str:
    genome = known.candidate.genome
    return untrusted("\n\n".join(genome[name] for name in evolvable_names(problem, genome)))


def _read(reply: Generated) -> str:
    """Give the most likely answer, or the only one that was named; nothing for any other reply."""
    if reply.likelihoods:
        likely = reply.likelihoods[0]
        return max((FIRST, SECOND, TIE), key=lambda answer: likely.get(answer, 0.0))
    words = re.findall(r"\w+", reply.texts[0].casefold()) if reply.texts else []
    named = [answer for answer in (FIRST, SECOND, TIE) if answer in words]
    return named[0] if len(named) == 1 else ""
