"""Operators that put a thought before the program: strategies, steps of reasoning, a critic's judgement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evoengine.effects import Conversation, GaveUp
from evoengine.operators.base import evaluate
from evoengine.operators.expressions import pick
from evoengine.operators.model import Asking
from evoengine.operators.reflect import Reflect, Thinking
from evoengine.operators.replies import points
from evoengine.problem import Problem
from evoengine.prompts import clipped, untrusted
from evoengine.types import Draft, Evaluation, Known


@dataclass(frozen=True, slots=True)
class Strategise(Thinking):
    """Have several strategies thought of, other than those in the notes, then ask for an offspring by each.

    The thinker and the solver of Li et al. 2024, "CodeTree", section 3. A strategy becomes its draft's notes.

    Parameters
    ----------
    strategies
        How many are asked for.
    """

    strategies: int = 3
    name = "strategise"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        count = str(self.strategies)
        listed = yield from self._consider(problem, "strategise", parents, inspirations, count=count)
        if not listed:
            return GaveUp("empty")
        drafts: list[Draft] = []
        given: Sequence[Draft] = ()
        for strategy in points(listed)[: self.strategies]:
            given = yield from self._carry_out(problem, "follow", parents, inspirations, strategy)
            drafts += given
        return drafts or given


@dataclass(frozen=True, slots=True)
class Think(Thinking):
    """Have the next thought found, ask for a program by it, and rethink it where the program is no better.

    The expansion, evaluation and rethink of Li et al. 2025, "RethinkMCTS", section 3. The notes are the
    thoughts that led to the parent. A program that fails or scores below its parent is evidence against the
    thought: it is shown with its feedback, the thought is revised, and the program written again. The
    thought becomes the draft's notes.
    """

    name = "think"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        thought = yield from self._consider(problem, "think", parents, inspirations)
        if not thought:
            return GaveUp("empty")
        drafts = yield from self._carry_out(problem, "follow", parents, inspirations, thought)
        if not drafts:
            return drafts
        evaluation = yield from evaluate(drafts[0].genome)
        goal = parents[0].evaluation.fitness
        if evaluation.fitness is not None and (goal is None or evaluation.fitness >= goal):
            return drafts[:1]
        erroneous = [Known(replace(parents[0].candidate, genome=drafts[0].genome), evaluation)]
        better = yield from self._consider(problem, "rethink", erroneous, parents, thought=thought)
        if not better:
            return drafts[:1]
        revised = yield from self._carry_out(problem, "follow", erroneous, parents, better)
        return revised[:1] or drafts[:1]


@dataclass(frozen=True, slots=True)
class Criticise(Reflect):
    """Have a model of the role ``judge`` say whether the parent is worth a refinement; reflect and refine if so.

    The critic, the thinker and the debugger of Li et al. 2024, "CodeTree", section 3. A judgement that
    begins with the word ``stop`` makes the operator give up, ``stopped``; any other is shown to those who
    reflect and write.
    """

    name = "criticise"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        judged = yield from self._consider(problem, "criticise", parents, inspirations, role="judge")
        if judged.lstrip("*_`\"'# ").casefold().startswith("stop"):
            return GaveUp("stopped")
        notes = "\n\n".join(filter(None, (self.hints.notes, judged)))
        informed: Asking = replace(self, hints=replace(self.hints, notes=notes))
        return (yield from Reflect.__call__(informed, problem, parents, inspirations, rng))


@dataclass(frozen=True, slots=True)
class Diagnose(Thinking):
    """Have it found out why the parent fails one of its cases, then ask for an offspring by the diagnosis.

    The self-modification of Zhang et al. 2025, "Darwin Gödel Machine", section 3. The case is drawn from those
    that score less than the parent's best one, or from all where none does. An artifact of its name is taken for its record
    and shown. The diagnosis, by a model of the role ``reflect``, becomes the draft's notes.
    """

    name = "diagnose"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        case, record = self._case(parents[0].evaluation, rng)
        diagnosis = yield from self._consider(
            problem, "diagnose", parents, inspirations, case=case, record=record
        )
        if not diagnosis:
            return GaveUp("empty")
        return (
            yield from self._carry_out(
                problem, "apply", parents, inspirations, diagnosis, variable="reflection"
            )
        )

    def _case(self, evaluation: Evaluation, rng: np.random.Generator) -> tuple[str, str]:
        """Draw a case; give how it is called and its record."""
        scores = evaluation.cases
        if not scores:
            return "its task", ""
        failed = [name for name, score in scores.items() if score < max(scores.values())]
        name = pick(failed or list(scores), rng)
        record = clipped(evaluation.artifacts.get(name, ""), self.artifact_tokens)
        return f"the case {name}, which scores {scores[name]:.6g}", untrusted(record) if record else ""
