"""Rejecting offspring that are all but known, before they are evaluated."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evoengine.effects import Conversation, Effect, GaveUp, Message, Reply
from evoengine.operators.base import embed, generate
from evoengine.operators.model import NO_HINTS, Hints, with_hints
from evoengine.operators.wrapping import Wrapping
from evoengine.ports import Operator
from evoengine.problem import Problem
from evoengine.prompts import evolvable_names, render, untrusted
from evoengine.text.shingles import similarity
from evoengine.types import Draft, Genome, Known


@dataclass(frozen=True, slots=True)
class Novel(Wrapping):
    """Have an operator try again while its drafts are all but the same as what it was shown.

    A draft is rejected before it is evaluated if its similarity to a parent, to an inspiration or to an
    earlier draft of the conversation is too high (Lange et al. 2025, "ShinkaEvolve", novelty rejection
    sampling). Where a model has the role ``embed``, similarity is the cosine of its vectors, as there, else a
    Jaccard index of token shingles.

    Parameters
    ----------
    threshold
        In (0, 1], for shingles; 1 rejects only what is canonically equal, or made of the same shingles. The
        default also rejects a change of one token in a program of more than some thousand tokens.
    cosine
        In (0, 1], for vectors (ShinkaEvolve's value, recalled, not re-checked).
    judge
        Whether a model of the role ``judge`` is asked if a draft that is too similar does something
        else in earnest, and is kept after all, as in ShinkaEvolve.
    tries
        At most so many conversations of the operator.
    """

    threshold: float = 0.99
    cosine: float = 0.95
    judge: bool = False
    tries: int = 3
    hints: Hints = NO_HINTS

    def with_hints(self, hints: Hints) -> Operator:
        return replace(self, hints=hints)

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        hints = self.hints
        seen = [known.candidate.genome for known in (*parents, *inspirations)]
        for _ in range(self.tries):
            operator = with_hints(self.operator, hints)
            drafts = yield from operator(problem, parents, inspirations, rng)
            if not drafts:
                return drafts
            novel = yield from self._novel(problem, drafts, seen)
            if novel:
                return novel
            seen += [draft.genome for draft in drafts]
            complaint = render("not_novel", {}, problem.prompts)
            hints = replace(self.hints, notes=f"{self.hints.notes}\n\n{complaint}".strip())
        return GaveUp("not_novel")

    def _novel(
        self, problem: Problem, drafts: Sequence[Draft], seen: Sequence[Genome]
    ) -> Generator[Effect, Reply, list[Draft]]:
        """Give the drafts that are unlike all that was seen, and unlike one another."""
        genomes = [*seen, *(draft.genome for draft in drafts)]
        reply = yield from embed(*(_text(problem, genome) for genome in genomes))
        vectors = np.array(reply.vectors)
        compared, novel = list(range(len(seen))), list[Draft]()
        for number, draft in enumerate(drafts, len(seen)):
            if len(vectors):
                alike, limit = [_cosine(vectors[number], vectors[other]) for other in compared], self.cosine
            else:
                alike, limit = (
                    [similarity(draft.genome, genomes[other]) for other in compared],
                    self.threshold,
                )
            nearest = int(np.argmax(alike))
            if alike[nearest] < limit or (
                self.judge and (yield from self._differs(problem, genomes[compared[nearest]], draft.genome))
            ):
                compared.append(number)
                novel.append(draft)
        return novel

    def _differs(self, problem: Problem, known: Genome, genome: Genome) -> Generator[Effect, Reply, bool]:
        """Ask a model whether two genomes do something else in earnest; what it does not answer is no."""
        texts = {"known": _text(problem, known), "new": _text(problem, genome)}
        question = render("judge", {name: untrusted(text) for name, text in texts.items()}, problem.prompts)
        reply = yield from generate(Message("user", question), role="judge", temperature=0.0)
        return any(text.strip(" *`\n").lower().startswith("yes") for text in reply.texts)


def _text(problem: Problem, genome: Genome) -> str:
    return "\n\n".join(genome[name] for name in evolvable_names(problem, genome))


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    """Give the cosine of two vectors; 1 where both are 0, which tells nothing apart."""
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length else 1.0
