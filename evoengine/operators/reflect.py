"""Operators that think in words before they write: about one parent, or about the search."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evoengine.effects import Conversation, GaveUp
from evoengine.operators.model import Asking
from evoengine.prompts import clipped, render, show_row, untrusted
from evoengine.types import Draft, Known, Problem


@dataclass(frozen=True, slots=True)
class Reflect(Asking):
    """Have the parent reviewed by a model of the role ``reflect``, then ask for an offspring by the review.

    Two steps as in Shinn et al. 2023 ("Reflexion") and Ye et al. 2024 ("ReEvo", short-term reflection).
    The review becomes the draft's notes.
    """

    name = "reflect"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        question = render("reflect", {}, problem.prompts)
        asked = self._prompt(problem, question, parents, inspirations, words=True)
        review = yield from self._ask_words(asked)
        if not review:
            return GaveUp("empty")
        task = render("apply", {"reflection": review}, problem.prompts)
        messages = self._prompt(problem, task, parents, inspirations)
        drafts = yield from self._ask(problem, parents[0], messages)
        return [replace(draft, notes=review) for draft in drafts] or drafts


@dataclass(frozen=True, slots=True)
class Summarise(Asking):
    """Write down what the inspirations teach, then ask for an offspring of the parent by these notes.

    The inspirations are the latest candidates, shown one a line; the hinted notes are those to be
    carried on. A model of the role ``reflect`` writes (the scratchpad of Lange et al. 2025,
    "ShinkaEvolve"). The notes become those of the draft, and so part of the log. If no offspring comes
    of it the parent itself is the draft, which costs no evaluation: notes that are paid are kept.

    Parameters
    ----------
    note_tokens
        What the notes may take, estimated.
    """

    note_tokens: int = 600
    name = "summarise"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        rows = "\n".join(show_row(problem, known) for known in inspirations)
        question = render("summarise", {"recent": untrusted(rows)}, problem.prompts)
        asked = self._prompt(problem, question, parents, (), words=True)
        notes = clipped((yield from self._ask_words(asked)), self.note_tokens)
        if not notes:
            return GaveUp("empty")
        task = render("rewrite", {}, problem.prompts)
        messages = self._prompt(problem, task, parents, (), notes=notes)
        drafts = yield from self._ask(problem, parents[0], messages)
        drafts = drafts or [Draft(parents[0].candidate.genome)]
        return [replace(draft, notes=notes) for draft in drafts]
