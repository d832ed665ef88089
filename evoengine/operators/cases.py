"""Operators that look at single cases: they learn from a few, and only what gains on these is evaluated on all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evoengine.effects import Conversation, GaveUp
from evoengine.operators.base import evaluate, offer
from evoengine.operators.model import focused
from evoengine.operators.reflect import Reflect
from evoengine.operators.rewrite import Rewrite
from evoengine.problem import Problem
from evoengine.prompts import evolvable_names
from evoengine.types import Draft, Evaluation, Genome, Known

TRAINING = "train-"
"""Of a problem with cases whose names begin so, only these are looked at; else all of them are."""


@dataclass(frozen=True, slots=True)
class Learn(Rewrite):
    """Ask for a better text by the traces of a minibatch, and go on only with what does better on it.

    The reflective mutation of Agrawal et al. 2025, "GEPA", section 3.2 and algorithm 1. A minibatch has at least one
    case that the parent does not solve, if there is one (theirs is skipped when it is solved). One text of the genome
    is to change, drawn uniformly (they take turns). An offspring that is not strictly fitter on the minibatch
    is told as ``pruned``, with what it was worth there as its feedback. In a problem without cases all is the minibatch.

    Parameters
    ----------
    minibatch
        Cases in one.
    """

    minibatch: int = 3
    name = "learn"
    template = "learn"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        parent = parents[0]
        cases = drawn_cases(problem, parent, self.minibatch, rng)
        stage = 0 if cases else None
        seen = (yield from evaluate(parent.candidate.genome, cases, stage)) if cases else parent.evaluation
        names = evolvable_names(problem, parent.candidate.genome)
        focus = focused(problem, parent.candidate.genome, names[int(rng.integers(len(names)))])
        shown = [Known(parent.candidate, seen)]
        drafts = yield from Rewrite.__call__(self, focus, shown, inspirations, rng)
        if not drafts:
            return drafts
        found = yield from evaluate(drafts[0].genome, cases, stage)
        if _worth(found) > _worth(seen):
            # By their names: what another minibatch has pruned is known as pruned, and would not be evaluated.
            whole = yield from evaluate(drafts[0].genome, problem.cases)
            return [replace(drafts[0], evaluation=whole)]
        if not found.ok:
            return [replace(drafts[0], evaluation=found)]
        said = (
            f"{_worth(found):.6g} on the minibatch, the parent {_worth(seen):.6g}\n{found.feedback}".strip()
        )
        return [replace(drafts[0], evaluation=Evaluation("", "pruned", feedback=said))]


@dataclass(frozen=True, slots=True)
class Review(Reflect):
    """Have the parent reviewed by its hardest cases, in sight of earlier versions, and rewritten by that.

    Hu et al. 2023, "Evoke", section 3 (number recalled): a reviewer (role ``judge``) and an author. The reviewer
    sees the cases with the lowest scores only, with their traces; the author sees the inspirations, which are earlier
    versions with scores.

    Parameters
    ----------
    hardest
        How many cases are looked at.
    """

    hardest: int = 3
    name = "review"
    question = "review"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        parent = parents[0]
        scores = {name: parent.evaluation.cases.get(name, 0.0) for name in training_cases(problem)}
        cases = tuple(sorted(scores, key=lambda name: scores[name])[: self.hardest])
        seen = (yield from evaluate(parent.candidate.genome, cases, 0)) if cases else parent.evaluation
        shown = [Known(parent.candidate, seen)]
        said = yield from self._consider(problem, self.question, shown, inspirations, role="judge")
        if not said:
            return GaveUp("empty")
        return (
            yield from self._carry_out(problem, self.task, parents, inspirations, said, variable="reflection")
        )


class Merge:
    """Join two lineages: of each text, the version of whichever parent has changed their ancestor's.

    The system-aware merge of Agrawal et al. 2025, "GEPA", appendix, checked against the authors' code. Parents
    are the two and their common ancestor. Where both have changed a text, the fitter one's is taken, of equals the
    first one's. What equals a parent is given up as ``unchanged``. It asks no model.
    """

    name = "merge"
    arity = 3

    def __call__(
        self,
        problem: Problem,  # noqa: ARG002 - the port's
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Conversation:
        first, second, ancestor = parents
        if _worth(second.evaluation) > _worth(first.evaluation):
            first, second = second, first
        one, other, old = (known.candidate.genome for known in (first, second, ancestor))
        merged: Genome = {name: other[name] if text == old[name] else text for name, text in one.items()}
        if merged in (one, other):
            return GaveUp("unchanged")
        return (yield from offer(Draft(merged)))


def training_cases(problem: Problem) -> tuple[str, ...]:
    """Give the cases that may be looked at."""
    return tuple(name for name in problem.cases if name.startswith(TRAINING)) or problem.cases


def drawn_cases(problem: Problem, parent: Known, count: int, rng: np.random.Generator) -> tuple[str, ...]:
    """Draw so many cases uniformly, the first of them from those that a parent does not solve."""
    cases = training_cases(problem)
    order = [cases[int(n)] for n in rng.permutation(np.arange(len(cases)))]
    scores = parent.evaluation.cases
    unsolved = next((name for name in order if scores.get(name, 0.0) < 1.0), None)
    chosen = order if unsolved is None else [unsolved, *(name for name in order if name != unsolved)]
    return tuple(chosen[:count])


def _worth(evaluation: Evaluation) -> float:
    return -np.inf if evaluation.fitness is None else evaluation.fitness
