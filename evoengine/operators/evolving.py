"""Operators that evolve instructions: by a method in words, in depth, in breadth, or by fusing two."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evoengine.effects import Conversation, Effect, GaveUp, Message, Reply
from evoengine.operators.base import evaluate, generate
from evoengine.operators.reflect import Thinking
from evoengine.operators.rewrite import Rewrite
from evoengine.problem import Problem
from evoengine.prompts import evolvable_names, render, untrusted
from evoengine.types import Draft, Evaluation, Genome, Known

DEPTH = (
    "Make the parent a little harder: add one more constraint or requirement to it.",
    "Make the parent a little harder: where it asks about something, ask about it in greater depth and breadth.",
    "Make the parent a little harder: replace general concepts in it by more specific ones.",
    "Make the parent a little harder: if a few simple thoughts solve it, ask for several explicit steps of reasoning.",
    "Make the parent a little harder: give it an input to work on, such as a table, a formula or a piece of code.",
)
"""Xu et al. 2023, "WizardLM", section 3.2: constraints, deepening, concretising, reasoning steps, input."""

BREADTH = (
    "Write something new in the same domain as the parent, but rarer. It should be about as long and as difficult.",
)

METHOD = (
    "List the ways in which the parent could be made harder, choose some that fit together, make a plan, and write the "
    "harder text by it. Then read it as a reviewer, and mend what is not reasonable. It may be longer than the "
    "parent by no more than two sentences."
)
"""What `EvolveBy` begins with (Zeng et al. 2024, "Automatic instruction evolving", figure 2; in our own words)."""

_PARTING = "\n---"


@dataclass(frozen=True, slots=True)
class Evolving(Thinking):
    """How an offspring is asked for by a method in words."""

    def _evolved(self, problem: Problem, parent: Known, method: str) -> Conversation:
        task = render("evolve", {"method": method}, problem.prompts)
        hints = replace(self.hints, notes="")
        return self._ask(problem, parent, self._prompt(problem, task, (parent,), (), hints=hints))


@dataclass(frozen=True, slots=True)
class Deepen(Evolving):
    """Make a text harder by one of several methods, drawn uniformly; what asks for the same as before is eliminated.

    The first rule of elimination of Xu et al. 2023, section 3.2: a model of the role ``judge`` says whether
    parent and offspring are equal. The other rules are an evaluator's.
    """

    methods: tuple[str, ...] = DEPTH
    name = "deepen"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,
    ) -> Conversation:
        method = self.methods[int(rng.integers(len(self.methods)))]
        drafts = yield from self._evolved(problem, parents[0], method)
        kept: list[Draft] = []
        for draft in drafts:
            equal = yield from self._equal(problem, parents[0].candidate.genome, draft.genome)
            if not equal:
                kept.append(draft)
        return kept or (GaveUp("eliminated") if drafts else drafts)

    def _equal(self, problem: Problem, one: Genome, other: Genome) -> Generator[Effect, Reply, bool]:
        """Ask a judge; what it does not answer is no."""
        texts = {"first": _text(problem, one), "second": _text(problem, other)}
        asked = render("equal", texts, problem.prompts)
        reply = yield from generate(Message("user", asked), role="judge", choices=("yes", "no"))
        return any(text.strip(" *`\n").casefold().startswith("yes") for text in reply.texts)


@dataclass(frozen=True, slots=True)
class Broaden(Deepen):
    """Write a text of the same domain that is rarer, and as difficult."""

    methods: tuple[str, ...] = BREADTH
    name = "broaden"


@dataclass(frozen=True, slots=True)
class Series(Rewrite):
    """Show some candidates as examples of a series, and ask for the next.

    Language model crossover: Meyerson et al. 2023, "Language model crossover: variation through few-shot
    prompting", section 3.
    """

    name = "series"
    arity = 3
    template = "series"


@dataclass(frozen=True, slots=True)
class Fuse(Rewrite):
    """Ask for one text that asks for what two parents ask for, in a single task."""

    name = "fuse"
    arity = 2
    template = "fuse"


@dataclass(frozen=True, slots=True)
class EvolveBy(Evolving):
    """Evolve a text by the method in the notes, or by `METHOD` where there is none."""

    name = "evolve_by"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        return self._evolved(problem, parents[0], self.hints.notes or METHOD)


@dataclass(frozen=True, slots=True)
class ImproveMethod(Evolving):
    """Have a model improve the method of `EvolveBy` by what it failed at; the best of several is kept, and used.

    Zeng et al. 2024, section 3: a model analyses the evolution so far, which the inspirations are, and
    rewrites the method; each of several methods, the one in force among them, evolves the parents, and
    the one that fails for the fewest is kept (of equals the earlier). A failure is an offspring that is not
    valid, or less fit than its parent. The method is the notes of the drafts, which are what it evolved.

    Parameters
    ----------
    methods
        How many new ones are tried.
    """

    methods: int = 2
    name = "improve_method"
    arity = 2

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        now = self.hints.notes or METHOD
        candidates = [now]
        for _ in range(self.methods):
            said = yield from self._consider(problem, "improve_method", parents, inspirations, method=now)
            method = said.rpartition(_PARTING)[2].strip() if _PARTING in said else ""
            if method and method not in candidates:
                candidates.append(method)
        best, fewest = list[Draft](), len(parents) + 1
        for method in candidates:
            drafts, failures = yield from self._tried(problem, parents, method)
            if failures < fewest and drafts:
                best, fewest = drafts, failures
        return best or GaveUp("eliminated")

    def _tried(
        self, problem: Problem, parents: Sequence[Known], method: str
    ) -> Generator[Effect, Reply, tuple[list[Draft], int]]:
        """Evolve every parent by a method; give the offspring, and for how many parents it failed."""
        evolved, failures = list[Draft](), 0
        for parent in parents:
            drafts = yield from self._evolved(problem, parent, method)
            if not drafts:
                failures += 1
                continue
            found = yield from evaluate(drafts[0].genome)
            failures += _failed(found, parent)
            evolved.append(replace(drafts[0], notes=method, parents=(parent.candidate.id,)))
        return evolved, failures


@dataclass(frozen=True, slots=True)
class Reinstruct(Thinking):
    """Have the instruction in the notes, or the problem's statement, changed, and ask for an offspring by it."""

    name = "reinstruct"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        now = self.hints.notes or problem.statement.strip() or f"Improve {problem.name}."
        said = yield from self._consider(problem, "reinstruct", parents, inspirations, instruction=now)
        if not said:
            return GaveUp("empty")
        return (yield from self._carry_out(problem, "follow", parents, inspirations, said))


def _failed(found: Evaluation, parent: Known) -> bool:
    goal = parent.evaluation.fitness
    return found.fitness is None or (goal is not None and found.fitness < goal)


def _text(problem: Problem, genome: Genome) -> str:
    return untrusted("\n\n".join(genome[name] for name in evolvable_names(problem, genome)))
