"""What operators that ask a model share."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from evoengine.effects import Conversation, Effect, GaveUp, Generated, Message, Reply
from evoengine.operators.base import generate
from evoengine.operators.replies import MENDABLE, ReplyError, read_edits, read_rewrite, said
from evoengine.ports import Library, Operator
from evoengine.problem import Problem
from evoengine.prompts import build_prompt, render
from evoengine.text import genome_digest
from evoengine.types import Cell, Draft, Genome, Job, Known


@dataclass(frozen=True, slots=True)
class Hints:
    """What a job says to a model beside its parents and inspirations.

    Attributes
    ----------
    cell
        The cell to aim at.
    notes
        What the search has learnt so far.
    instructions
        What a model wrote for whoever writes the offspring.
    model, temperature
        Whom to ask, and how; left out, the pool decides.
    """

    cell: Cell | None = None
    notes: str = ""
    instructions: str = ""
    model: str = ""
    temperature: float | None = None

    @classmethod
    def of(cls, job: Job, library: Library) -> Self:
        """Read a job: its cell, and of its `args` ``model``, ``temperature``, ``notes`` and ``instructions``.

        The last two name candidates whose notes hold, so that a resumed proposal sees the same: by an id, or
        a list of ids, whose notes are joined. A ``hint``, which somebody gave the run, stands before the notes.
        """
        args = job.args
        notes, instructions = (_notes(library, args.get(name, ())) for name in ("notes", "instructions"))
        notes = "\n\n".join(filter(None, (args.get("hint", ""), notes)))
        return cls(job.cell, notes, instructions, args.get("model", ""), args.get("temperature"))


def _notes(library: Library, named: str | Sequence[str]) -> str:
    ids = [named] if isinstance(named, str) else named
    return "\n\n".join(filter(None, (library[name].candidate.notes for name in ids)))


NO_HINTS = Hints()


class Hinted(ABC):
    """An operator that asks a model, and so has a use for hints."""

    __slots__ = ()

    @abstractmethod
    def with_hints(self, hints: Hints) -> Operator:
        """Give the same operator with these hints."""


def with_hints(operator: Operator, hints: Hints) -> Operator:
    """Give any operator with hints, if it takes them."""
    return operator.with_hints(hints) if isinstance(operator, Hinted) else operator


@dataclass(frozen=True, slots=True)
class Asking(Hinted, ABC):
    """How offspring are asked for, whatever the task.

    Parameters
    ----------
    edit_format
        Whole files, or SEARCH/REPLACE edits of the first parent. Small models manage only the first.
    samples
        Replies to one prompt; each may become an offspring.
    ascending
        Show candidates from the least to the most fit.
    artifact_tokens
        For the feedback and the artifacts of each candidate shown.
    ideas
        Show of each candidate what was said when it was made.
    hints
        What the job says beside parents and inspirations.
    """

    name = ""
    arity = 1

    edit_format: Literal["rewrite", "edit"] = "rewrite"
    samples: int = 1
    ascending: bool = False
    artifact_tokens: int = 1000
    ideas: bool = False
    hints: Hints = NO_HINTS

    @abstractmethod
    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        """Start the conversation."""

    def with_hints(self, hints: Hints) -> Operator:
        """Give the same operator with these hints."""
        return replace(self, hints=hints)

    def _prompt(
        self,
        problem: Problem,
        task: str,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        *,
        words: bool = False,
        hints: Hints | None = None,
    ) -> tuple[Message, ...]:
        """Build the prompt for a rendered task, for an offspring, with the instructions hinted, or for words."""
        hints = hints or self.hints
        if hints.instructions and not words:
            heeded = render("instructions", {"instructions": hints.instructions}, problem.prompts)
            task = f"{task.rstrip()}\n\n{heeded}"
        return build_prompt(
            problem,
            task,
            parents,
            inspirations,
            reply="words" if words else self.edit_format,
            notes=hints.notes,
            ascending=self.ascending,
            artifact_tokens=self.artifact_tokens,
            ideas=self.ideas,
        )

    def _ask(self, problem: Problem, parent: Known, messages: tuple[Message, ...]) -> Conversation:
        """Ask for offspring; where the fault is one of form, say so and ask once more.

        What comes of the second reply says in its notes which fault the first one had.
        """
        reply = yield from self._generate(messages, self.samples)
        drafts, faults = self._read(problem, parent, reply)
        mendable = next((fault for fault in faults if fault[1].kind in MENDABLE), None)
        if not drafts and mendable is not None:
            text, error = mendable
            why = render("refused", {"reason": str(error)}, problem.prompts)
            again = (*messages, Message("assistant", text), Message("user", why))
            reply = yield from self._generate(again, 1)
            drafts, faults = self._read(problem, parent, reply)
            drafts = [replace(draft, notes=f"{draft.notes} [after {error.kind}]".strip()) for draft in drafts]
        kinds = sorted({error.kind for _, error in faults}) or ["empty"]
        return drafts or GaveUp(", ".join(kinds))

    def _read(
        self, problem: Problem, parent: Known, reply: Generated
    ) -> tuple[list[Draft], list[tuple[str, ReplyError]]]:
        """Read each reply as a draft or a fault."""
        read = read_edits if self.edit_format == "edit" else read_rewrite
        drafts: list[Draft] = []
        faults: list[tuple[str, ReplyError]] = []
        digests: set[str] = set()
        for text in reply.texts:
            try:
                genome = read(problem, parent.candidate.genome, text)
            except ReplyError as error:
                faults.append((text, error))
                continue
            digest = genome_digest(genome)
            if digest in digests:
                faults.append((text, ReplyError("repeated")))
            else:
                digests.add(digest)
                drafts.append(Draft(genome, said(text), model=reply.model))
        return drafts, faults

    def _ask_words(
        self, messages: tuple[Message, ...], role: str = "reflect"
    ) -> Generator[Effect, Reply, str]:
        """Ask a model of a role for words; empty where it gave none. The hinted model is for offspring only."""
        reply = yield from generate(*messages, role=role, temperature=self.hints.temperature)
        return reply.texts[0].strip() if reply.texts else ""

    def _generate(self, messages: tuple[Message, ...], samples: int) -> Generator[Effect, Reply, Generated]:
        hints = self.hints
        return generate(*messages, n=samples, temperature=hints.temperature, model=hints.model)


def focused(problem: Problem, genome: Genome, name: str) -> Problem:
    """Give the problem of changing one file of a genome, whose others stay as they are there, not as in a seed."""
    return replace(problem, seeds=(genome,), evolvable=(name,))
