"""Variation by a rule in words, which is inherited and varied like the text that it varies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from evoengine.effects import Conversation, GaveUp
from evoengine.operators.reflect import Thinking
from evoengine.problem import Problem
from evoengine.prompts import render
from evoengine.types import Known

Kind: TypeAlias = Literal["zero_order", "first_order", "distribution", "lineage", "hypermutation"]

RULES = (
    "Say the same in a way that a beginner could not misunderstand.",
    "Add the one hint that an expert would give.",
    "Turn the text into a procedure with numbered steps.",
    "Name the mistake that is made most often, and how to avoid it.",
    "Drop whatever does not help, and stress what does.",
    "Look at the task from a quite different side.",
)
"""Where the candidates of the first generation have their rules from, one drawn for each."""


@dataclass(frozen=True, slots=True)
class Breed(Thinking):
    """Vary the first parent by one of the operators of Fernando et al. 2023, "Promptbreeder", section 3.2.

    A candidate's notes are its mutation prompt, here its rule, by which ``first_order`` varies it and which its
    offspring inherit; one without notes draws one of `RULES`. ``zero_order`` asks for another text altogether,
    ``distribution`` for one that goes on a list of members, ``lineage`` for one that goes on that of its ancestors,
    both of them shown as inspirations from the least to the most fit. ``hypermutation`` has the rule bettered first (role
    ``reflect``), and then follows it.
    """

    kind: Kind = "first_order"

    @property
    def name(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - a job names the kind
        """The kind."""
        return self.kind

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        parent = parents[:1]
        rule = parent[0].candidate.notes or RULES[int(rng.integers(len(RULES)))]
        if self.kind == "hypermutation":
            rule = yield from self._consider(problem, "hypermutate", parent, (), thought=rule)
            if not rule:
                return GaveUp("empty")
        if self.kind in {"first_order", "hypermutation"}:
            return (yield from self._carry_out(problem, "follow", parent, (), rule))
        task = render("explore" if self.kind == "zero_order" else "continue", {}, problem.prompts)
        messages = self._prompt(problem, task, parent, inspirations)
        drafts = yield from self._ask(problem, parent[0], messages)
        return [replace(draft, notes=rule) for draft in drafts] or drafts
