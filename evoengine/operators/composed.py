"""Operators made of operators."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evoengine.effects import Conversation
from evoengine.operators.base import evaluate
from evoengine.operators.model import Hinted, Hints, with_hints
from evoengine.operators.repair import Repair
from evoengine.operators.rewrite import Rewrite
from evoengine.operators.tune import Tune
from evoengine.operators.wrapping import Wrapping
from evoengine.ports import Operator
from evoengine.problem import Problem
from evoengine.types import Draft, Known


@dataclass(frozen=True, slots=True)
class RewriteThenTune(Hinted):
    """Ask a model for a new structure, then fit its numbers before it is compared with its parent.

    Models find structures and are poor at numbers; a new structure is rarely better with the numbers of
    the old one. The first draft of the first operator is evaluated, and tuned if it is scored; what
    comes of it is the draft.
    """

    first: Operator = field(default_factory=Rewrite)
    tune: Tune = field(default_factory=Tune)
    name = "rewrite_then_tune"

    @property
    def arity(self) -> int:
        """The first operator's."""
        return self.first.arity

    def with_hints(self, hints: Hints) -> Operator:
        return replace(self, first=with_hints(self.first, hints))

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        drafts = yield from self.first(problem, parents, inspirations, rng)
        if not drafts:
            return drafts
        draft = drafts[0]
        evaluation = yield from evaluate(draft.genome)
        if not evaluation.ok:
            return [draft]
        offspring = Known(replace(parents[0].candidate, genome=draft.genome), evaluation)
        tuned = yield from self.tune(problem, [offspring], (), rng)
        return [_joined(draft, better) for better in tuned] or [draft]


@dataclass(frozen=True, slots=True)
class Mended(Wrapping):
    """Have the first draft of an operator repaired while it fails, before the search sees it.

    The debugging of Liu et al. 2025, "DeepEvolve", section 3. If it cannot be repaired it stays as it was.
    """

    repair: Repair = field(default_factory=Repair)

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        drafts = yield from self.operator(problem, parents, inspirations, rng)
        if not drafts:
            return drafts
        draft = drafts[0]
        evaluation = yield from evaluate(draft.genome)
        if evaluation.ok:
            return [draft]
        failed = Known(replace(parents[0].candidate, genome=draft.genome), evaluation)
        mended = yield from self.repair(problem, [failed], (), rng)
        return [_joined(draft, better) for better in mended] or [draft]


def _joined(draft: Draft, tuned: Draft) -> Draft:
    notes = "; ".join(note for note in (draft.notes, tuned.notes) if note)
    return replace(draft, genome=tuned.genome, notes=notes)
