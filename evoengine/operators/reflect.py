"""Operators that think in words before they write: about their parents, or about the search."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evoengine.effects import Conversation, Effect, GaveUp, Reply
from evoengine.operators.model import Asking, Hints
from evoengine.problem import Problem
from evoengine.prompts import clipped, render, show_row, untrusted
from evoengine.types import Draft, Known


@dataclass(frozen=True, slots=True)
class Thinking(Asking):
    """How words are asked for, and an offspring by these words."""

    def _consider(
        self,
        problem: Problem,
        question: str,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        *,
        role: str = "reflect",
        **values: str,
    ) -> Generator[Effect, Reply, str]:
        """Put the question of a template to a model of a role."""
        asked = render(question, values, problem.prompts)
        messages = self._prompt(problem, asked, parents, inspirations, words=True)
        return (yield from self._ask_words(messages, role))

    def _carry_out(
        self,
        problem: Problem,
        task: str,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        said: str,
        *,
        variable: str = "thought",
    ) -> Conversation:
        """Ask for an offspring by what was said, the one variable of the task's template; it becomes its notes."""
        asked = render(task, {variable: said}, problem.prompts)
        messages = self._prompt(problem, asked, parents, inspirations)
        drafts = yield from self._ask(problem, parents[0], messages)
        return [replace(draft, notes=said) for draft in drafts] or drafts


@dataclass(frozen=True, slots=True)
class Reflect(Thinking):
    """Have the parent reviewed by a model of the role ``reflect``, then ask for an offspring by the review.

    Two steps as in Shinn et al. 2023 ("Reflexion"). The review becomes the draft's notes.
    """

    name = "reflect"
    question = "reflect"
    task = "apply"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        review = yield from self._consider(problem, self.question, parents, inspirations)
        if not review:
            return GaveUp("empty")
        return (
            yield from self._carry_out(
                problem, self.task, parents, inspirations, review, variable="reflection"
            )
        )


@dataclass(frozen=True, slots=True)
class Contrast(Reflect):
    """Have it said why the first parent is better than the second, then ask for an offspring of both by that.

    The short-term reflection and crossover of Ye et al. 2024, "ReEvo", section 4.
    """

    name = "contrast"
    arity = 2
    question = "contrast"
    task = "apply_contrast"


@dataclass(frozen=True, slots=True)
class Summarise(Asking):
    """Write down what the inspirations teach, then ask for an offspring of the parent by these notes.

    The inspirations are the latest candidates, shown one a line; the hinted notes are those to be
    carried on. A model of the role ``reflect`` writes (the scratchpad of Lange et al. 2025,
    "ShinkaEvolve"; the long-term reflection of Ye et al. 2024, "ReEvo"). The notes become those of the
    draft, and so part of the log. If no offspring comes of it the parent itself is the draft, which costs
    no evaluation: notes that are paid are kept.

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
        recent = untrusted("\n".join(show_row(problem, known) for known in inspirations))
        asked = self._prompt(problem, self._question(problem, recent), parents, (), words=True)
        notes = clipped((yield from self._ask_words(asked)), self.note_tokens)
        if not notes:
            return GaveUp("empty")
        task = render("rewrite", {}, problem.prompts)
        messages = self._prompt(problem, task, parents, (), hints=self._taught(notes))
        drafts = yield from self._ask(problem, parents[0], messages)
        drafts = drafts or [Draft(parents[0].candidate.genome)]
        return [replace(draft, notes=notes) for draft in drafts]

    def _question(self, problem: Problem, recent: str) -> str:
        """Give the task of writing, in sight of the latest candidates."""
        return render("summarise", {"recent": recent}, problem.prompts)

    def _taught(self, notes: str) -> Hints:
        """Give the hints with what was written in its place."""
        return replace(self.hints, notes=notes)


@dataclass(frozen=True, slots=True)
class Instruct(Summarise):
    """Write instructions for whoever writes offspring, in the place of the hinted ones, then ask by them.

    One step of the evolution of the meta-prompt (Novikov et al. 2025, "AlphaEvolve", section 2.2): the
    hinted instructions are the parent, the new ones become the draft's notes.
    """

    name = "instruct"

    def _question(self, problem: Problem, recent: str) -> str:
        present = self.hints.instructions or "(none)"
        return render("instruct", {"recent": recent, "instructions": present}, problem.prompts)

    def _taught(self, notes: str) -> Hints:
        return replace(self.hints, instructions=notes)
