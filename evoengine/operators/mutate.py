"""Mutation of a program's syntax tree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evoengine.effects import Conversation
from evoengine.operators import clipping, elements, expressions, statements
from evoengine.operators.base import offer
from evoengine.operators.expressions import Mutation, pick
from evoengine.operators.source import Source, read, splice
from evoengine.problem import Problem
from evoengine.text.python import compiles
from evoengine.types import Draft, Genome, Known

KINDS: Mapping[str, tuple[Mutation, float]] = {
    "swap an operator": (expressions.swap_operator, 0.1),
    "replace an expression": (expressions.replace, 0.05),
    "shrink an expression": (expressions.shrink, 0.1),
    "grow an expression": (expressions.grow, 0.25),
    "branch": (expressions.branch, 0.1),
    "clip": (clipping.clip, 0.05),
    "insert an element": (elements.insert_element, 0.15),
    "delete an element": (elements.delete_element, 0.05),
    "copy a statement": (statements.copy, 0.05),
    "delete a statement": (statements.delete, 0.05),
    "swap statements": (statements.swap, 0.05),
}
"""Every kind of mutation with its share. The shares sum to 1."""

ATTEMPTS = 20
"""A draw that does not fit, or gives a program that does not compile, is drawn again so often."""


@dataclass(frozen=True, slots=True)
class Mutate:
    """Make one change to the syntax tree of one of a program's files.

    The kinds, by default all, have the shares of `KINDS` relative to each other. What is put in a place reads only names that are known
    there. The text around the change stays byte for byte, comments and spacing included. Every
    offspring compiles; there is none where no change could be made.
    """

    kinds: tuple[str, ...] = tuple(KINDS)
    name: str = "mutate"
    arity = 1

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,
    ) -> Conversation:
        genome = parents[0].candidate.genome
        sources = read(problem, genome, ".py")
        names, shares = self.kinds, [KINDS[kind][1] for kind in self.kinds]
        for _ in range(ATTEMPTS if sources else 0):
            source = pick(sources, rng)
            kind = names[int(rng.choice(len(names), p=np.array(shares) / sum(shares)))]
            draft = changed(genome, source, KINDS[kind][0], rng, kind)
            if draft is not None:
                return offer(draft)
        return offer()


def changed(
    genome: Genome, source: Source, mutation: Mutation, rng: np.random.Generator, note: str
) -> Draft | None:
    """Give the draft of one mutation of a file; None where it did not fit or does not compile."""
    edits = mutation(source, rng)
    text = splice(source.text, edits)
    if text == source.text or not compiles(text):
        return None
    return Draft({**genome, source.name: text}, f"{note}: {source.name}, line {source.line(edits[0].start)}")
