"""The numbers written in a genome, and their perturbation."""

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from evoengine.effects import Conversation
from evoengine.operators.base import offer
from evoengine.operators.source import INDEX_ROLES, Edit, Site, Source, parse_source, read, splice
from evoengine.problem import Problem
from evoengine.types import Draft, Genome, Known

ENDINGS = (".py", ".json")
LARGEST = 2.0**53
"""Numbers beyond it are left alone: they are masks, seeds and sentinels, not quantities."""

TYPICAL = 0.75
"""The share of changes in which no float takes smaller steps than the program's typical float would."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number in an evolvable text, together with its sign.

    Attributes
    ----------
    file, start, end, line
        Where it stands; `start` and `end` count bytes.
    value
        An int where it is written as an integer.
    weight
        How readily it is chosen: 1 for a float, less for an integer, least for an index.
    tight
        Whether a negative number needs parentheses there.
    """

    file: str
    start: int
    end: int
    line: int
    value: float
    weight: float
    tight: bool

    @property
    def whole(self) -> bool:
        """Whether it is an integer, and stays one."""
        return isinstance(self.value, int)

    @property
    def scale(self) -> float:
        """What a relative step of 1 amounts to: its own size, or 1 where that is zero."""
        return abs(float(self.value)) or 1.0

    def written(self, value: float) -> str:
        """Write another number in its place, an integer for an integer."""
        number = round(value) if self.whole else float(value)
        return f"({number!r})" if self.tight and number < 0 else repr(number)


def find_literals(problem: Problem, genome: Genome) -> list[Literal]:
    """Give every number in the evolvable Python and JSON texts, in order, up to `LARGEST` in size."""
    return [literal for source in read(problem, genome, *ENDINGS) for literal in literals_of(source)]


@lru_cache(maxsize=64)
def literals_of(source: Source) -> Sequence[Literal]:
    """Give every number in one text, in order, up to `LARGEST` in size."""
    found = (_literal(source, site) for site in source.sites)
    return tuple(literal for literal in found if literal is not None)


def _literal(source: Source, site: Site) -> Literal | None:
    node = site.node
    if not isinstance(node, ast.Constant) or not isinstance(node.value, (int, float)):
        return None
    value, parent, start, end = node.value, site.parent, site.start, site.end
    if isinstance(value, bool) or not abs(value) <= LARGEST:
        return None
    tight = isinstance(parent, (ast.BinOp, ast.UnaryOp, ast.Attribute))
    if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.USub):
        signed = source.span(parent)
        if source.may_change(*signed):
            value, (start, end), tight = -value, signed, False
    weight = 1.0 if isinstance(value, float) else 0.02 if site.role in INDEX_ROLES else 0.1
    return Literal(source.name, start, end, source.line(start), value, weight, tight)


def write_literals(genome: Genome, values: Mapping[Literal, float]) -> dict[str, str]:
    """Give the genome with other numbers in place of some; every other byte stays as it was."""
    result = dict(genome)
    for file in {literal.file for literal in values}:
        edits = [
            Edit(literal.start, literal.end, literal.written(value))
            for literal, value in values.items()
            if literal.file == file
        ]
        result[file] = splice(genome[file], edits)
    return result


def choose_literals(literals: Sequence[Literal], count: int, rng: np.random.Generator) -> list[Literal]:
    """Draw up to `count` different literals by weight, in the order of the text."""
    weights = np.array([literal.weight for literal in literals])
    size = min(count, len(literals))
    chosen = rng.choice(len(literals), size, replace=False, p=weights / weights.sum())
    return [literals[index] for index in sorted(chosen.tolist())]


@dataclass(frozen=True, slots=True)
class Perturb:
    """Change one to three numbers by a normal step relative to their size.

    A float that is small among those of its program mostly takes steps as large as the median of them
    would, for its size says little about how far it may go: a margin of 0.01 beside distances of 0.5.

    The standard deviation is drawn log-uniformly between `smallest` and `largest` for each offspring,
    so that steps of every scale are always on offer and no step size needs adapting (Rowe & Hidovic
    2004, "An evolution strategy using a continuous version of the Gray-code neighbourhood
    distribution"). A float is rounded to two digits of its step; an integer moves by at least one.

    Parameters
    ----------
    smallest, largest
        Bounds of the relative standard deviation; at a zero, of the absolute one.
    """

    smallest: float = 0.01
    largest: float = 1.0
    name = "perturb"
    arity = 1

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,
    ) -> Conversation:
        genome = parents[0].candidate.genome
        literals = find_literals(problem, genome)
        if not literals:
            return offer()
        values = perturbed(literals, rng, self.smallest, self.largest)
        return offer(Draft(write_literals(genome, values), describe(values)))


def perturbed(
    literals: Sequence[Literal], rng: np.random.Generator, smallest: float = 0.01, largest: float = 1.0
) -> dict[Literal, float]:
    """Draw new values for one to three literals of one program."""
    sigma = math.exp(rng.uniform(math.log(smallest), math.log(largest)))
    count = int(rng.choice(3, p=(0.5, 0.3, 0.2))) + 1
    least = least_scale(literals, rng)
    return {x: step(x, sigma, rng, least) for x in choose_literals(literals, count, rng)}


def least_scale(literals: Sequence[Literal], rng: np.random.Generator) -> float:
    """Draw what a relative step of 1 amounts to at least, for a float: mostly the median size of the floats.

    Zeros do not count; without other floats it is 0.
    """
    sizes = sorted(abs(x.value) for x in literals if x.value and not x.whole)
    return sizes[len(sizes) // 2] if sizes and rng.random() < TYPICAL else 0.0


def scale_of(literal: Literal, least: float) -> float:
    """Give what a relative step of 1 amounts to."""
    return literal.scale if literal.whole else max(literal.scale, least)


def step(literal: Literal, sigma: float, rng: np.random.Generator, least: float = 0.0) -> float:
    """Draw a new value around a literal's own, different from it; of a float on the scale `least` at least."""
    scale = scale_of(literal, least)
    delta = rng.normal() * sigma * scale or scale
    if literal.whole:
        return literal.value + (round(delta) or (1 if delta > 0 else -1))
    digits = 1 - math.floor(math.log10(abs(delta)))
    return round(literal.value + delta, min(digits, 300))


def jittered(text: str, rng: np.random.Generator) -> str:
    """Give a piece of Python with one to three of its numbers changed, or as it is where it has none."""
    source = parse_source("", text)
    literals = literals_of(source) if source else ()
    return write_literals({"": text}, perturbed(literals, rng))[""] if literals else text


def describe(values: Mapping[Literal, float]) -> str:
    """Say what was changed, in a line."""
    parts = [f"line {x.line}: {x.value!r} -> {x.written(value)}" for x, value in values.items()]
    return f"{', '.join(parts[:3])}{', ...' if len(parts) > 3 else ''}"
