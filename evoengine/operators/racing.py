"""Repeats on noisy problems: many for what could be an elite, few for the rest."""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evoengine.effects import Conversation, Effect, Reply
from evoengine.noise import pooled
from evoengine.operators.base import evaluate, offer
from evoengine.operators.wrapping import Wrapping
from evoengine.problem import Problem
from evoengine.types import Draft, Evaluation, Genome, Known


@dataclass(frozen=True, slots=True)
class Raced(Wrapping):
    """Evaluate an operator's drafts again and again while they could still be as good as their parents.

    A draft is given up after n repeats when its mean plus `confidence` standard errors lies below the
    fittest parent's mean, and told with all its repeats. The first standard error is that of the parents;
    so an obvious failure costs one evaluation and a candidate for an elite ``problem.repeats``. This is
    the rule of Hoeffding races (Maron and Moore 1994, "Hoeffding races: accelerating model selection
    search") with normal bounds. Samples are counted from 1, so that what an operator has evaluated on its way
    (sample 0), and chosen because it was lucky, does not count.

    Parameters
    ----------
    confidence
        In standard errors, at least 0.
    """

    confidence: float = 1.645

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        drafts = yield from self.operator(problem, parents, inspirations, rng)
        raced: list[Draft] = []
        for draft in drafts:
            found = yield from self._race(problem, draft, [parent.evaluation for parent in parents])
            raced.append(replace(draft, evaluation=found))
        return raced or drafts

    def _race(
        self, problem: Problem, draft: Draft, parents: Sequence[Evaluation]
    ) -> Generator[Effect, Reply, Evaluation]:
        bar = max((p.fitness for p in parents if p.fitness is not None), default=-math.inf)
        deviation = max((p.deviation for p in parents), default=0.0)
        found = yield from evaluate(draft.genome, sample=1)
        while found.fitness is not None and found.repeats < problem.repeats:
            spread = found.deviation if found.repeats > 1 else deviation
            if found.fitness + self.confidence * spread / math.sqrt(found.repeats) < bar:
                break
            more = yield from evaluate(draft.genome, sample=found.repeats + 1)
            found = pooled([found, more])
        return found


@dataclass(frozen=True, slots=True)
class Reevaluate:
    """Evaluate an elite once more; the draft is the elite itself, with all its repeats pooled.

    An archive takes it for the same candidate, better known. So a lucky elite sinks to its true mean
    (Jin and Branke 2005, "Evolutionary optimization in uncertain environments", section II-C).
    """

    name = "reevaluate"
    arity = 1

    def __call__(
        self,
        problem: Problem,  # noqa: ARG002 - the port's
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        genome, known = parents[0].candidate.genome, parents[0].evaluation
        more = yield from evaluate(genome, sample=known.repeats + 1)
        return (Draft(genome, f"{known.repeats + 1} repeats", evaluation=pooled([known, more])),)


@dataclass(frozen=True, slots=True)
class _Injected:
    genome: Genome
    name = "inject"
    arity = 0

    def __call__(
        self,
        problem: Problem,  # noqa: ARG002 - the port's
        parents: Sequence[Known],  # noqa: ARG002 - the port's
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        return offer(Draft(self.genome))


def injected(problem: Problem, genome: Genome, rng: np.random.Generator) -> Conversation:
    """Offer a genome that somebody brought along; of a noisy problem with all its repeats, as a seed's."""
    operator = Raced(_Injected(genome)) if problem.noisy else _Injected(genome)
    return operator(problem, (), (), rng)
