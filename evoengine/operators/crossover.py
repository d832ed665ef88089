"""Crossover of two genomes."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from evoengine.effects import Conversation
from evoengine.operators.base import offer
from evoengine.operators.expressions import is_known, pick, transplant
from evoengine.operators.literals import Literal, describe, find_literals, write_literals
from evoengine.operators.mutate import ATTEMPTS, changed
from evoengine.operators.source import Edit, Site, Source, read, splice
from evoengine.operators.statements import insert
from evoengine.problem import Problem
from evoengine.types import Draft, Genome, Known

_Transfer: TypeAlias = Callable[[Source, Source, np.random.Generator], Sequence[Edit]]


@dataclass(frozen=True, slots=True)
class Crossover:
    """Bring something of the second parent into the first.

    Where both are the same but for their numbers, the numbers cross: each is taken from either parent
    (uniform crossover, Syswerda 1989), or all lie on the line through both, up to half its length
    beyond either end (line recombination, Muehlenbein & Schlierkamp-Voosen 1993). Otherwise a function
    of the same name, an expression of the same kind or a statement is taken over, as `Mutate` would
    place it. Equal parents have no offspring.
    """

    name = "crossover"
    arity = 2

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,
    ) -> Conversation:
        first, second = parents[0].candidate.genome, parents[-1].candidate.genome
        if dict(first) == dict(second):
            return offer()
        numbers, others = find_literals(problem, first), find_literals(problem, second)
        if _skeleton(first, numbers) == _skeleton(second, others):
            values = _crossed(numbers, others, rng)
            genome = write_literals(first, values)
            return offer() if genome == dict(first) else offer(Draft(genome, describe(values)))
        return _cross_code(problem, first, second, rng)


def _skeleton(genome: Genome, literals: Sequence[Literal]) -> Mapping[str, str]:
    """Give the genome without its numbers."""
    return {
        name: splice(text, [Edit(x.start, x.end, "\0") for x in literals if x.file == name])
        for name, text in genome.items()
    }


def _crossed(
    literals: Sequence[Literal], others: Sequence[Literal], rng: np.random.Generator
) -> dict[Literal, float]:
    differing = [(x, y.value) for x, y in zip(literals, others, strict=True) if x.value != y.value]
    if rng.random() < 0.5:
        return {x: value for x, value in differing if rng.random() < 0.5}
    along = rng.uniform(-0.5, 1.5)
    return {x: x.value + along * (value - x.value) for x, value in differing}


def _cross_code(problem: Problem, first: Genome, second: Genome, rng: np.random.Generator) -> Conversation:
    donors = {source.name: source for source in read(problem, second, ".py")}
    sources = [source for source in read(problem, first, ".py") if source.name in donors]
    for _ in range(ATTEMPTS if sources else 0):
        source = pick(sources, rng)
        note, transfer = pick(_TRANSFERS, rng)
        mutation = partial(_from, transfer, donors[source.name])
        draft = changed(first, source, mutation, rng, note)
        if draft is not None:
            return offer(draft)
    return offer()


def _from(transfer: _Transfer, donors: Source, source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    return transfer(source, donors, rng)


def take_function(source: Source, donors: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Replace a function by the donors' different one of the same name and indentation."""
    available = {(name, column): site for name, column, site in _functions(donors)}
    pairs = [
        (site, available[name, column])
        for name, column, site in _functions(source)
        if (name, column) in available
        and source.cut(site.start, site.end) != donors.cut(*_span(available[name, column]))
    ]
    if not pairs:
        return ()
    target, donor = pick(pairs, rng)
    if not is_known(donor.node, target.scope):
        return ()
    return (Edit(target.start, target.end, donors.cut(donor.start, donor.end)),)


def _span(site: Site) -> tuple[int, int]:
    return site.start, site.end


def _functions(source: Source) -> Iterator[tuple[str, int, Site]]:
    for site in source.sites:
        if isinstance(site.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield site.node.name, site.node.col_offset, site


_TRANSFERS: Sequence[tuple[str, _Transfer]] = (
    ("take a function", take_function),
    ("take an expression", transplant),
    ("take a statement", insert),
)
