"""The numbers of a genome as one vector, for searches that move all of them at once."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evoengine.effects import Conversation
from evoengine.operators.base import offer
from evoengine.operators.literals import LARGEST, Literal, find_literals, write_literals
from evoengine.operators.vectors import read_vectors
from evoengine.problem import Problem
from evoengine.types import Draft, Genome, Known

Floats: TypeAlias = NDArray[np.float64]


class Coordinates:
    """The numbers of a genome and of all that differ from it in them alone.

    Those of its JSON lists, in their own units; where it has none, the decimal numbers of its programs, each
    in units of its size in this genome, or of 1 where that is 0. Whole numbers of programs stay as they
    are: they count things. Raises `ValueError` where there are no numbers.
    """

    def __init__(self, problem: Problem, genome: Genome) -> None:
        self._problem = problem
        self._genome = genome
        self._lengths = {name: len(vector) for name, vector in read_vectors(problem, genome).items()}
        self._literals = () if self._lengths else _decimals(problem, genome)
        count = sum(self._lengths.values()) or len(self._literals)
        if not count:
            raise ValueError("the seed has no numbers to move: neither a JSON list nor decimal numbers")
        self._scales = np.array([literal.scale for literal in self._literals] or [1.0] * count)
        self.origin = self.read(genome)

    def read(self, genome: Genome) -> Floats:
        """Give the vector of a genome, shape ``(n,)``. Raises `ValueError` for one with other numbers."""
        vectors = read_vectors(self._problem, genome) if self._lengths else {}
        found = [x for name in self._lengths for x in vectors.get(name, ())]
        if not self._lengths:
            found = [literal.value for literal in _decimals(self._problem, genome)]
        if len(found) != len(self._scales):
            raise ValueError(f"the genome has {len(found)} numbers, not {len(self._scales)}")
        return np.array(found, np.float64) / self._scales

    def write(self, vector: Floats) -> Genome:
        """Give the genome with these numbers, shape ``(n,)``, clipped to what floats count exactly."""
        values: list[float] = np.clip(vector * self._scales, -LARGEST, LARGEST).tolist()
        if not self._lengths:
            return write_literals(self._genome, dict(zip(self._literals, values, strict=True)))
        left = iter(values)
        texts = {
            name: json.dumps([next(left) for _ in range(length)]) for name, length in self._lengths.items()
        }
        return {**self._genome, **texts}


@dataclass(frozen=True, slots=True)
class Sample:
    """Give the parent other numbers: the vectors that a recipe's own normal distribution gives for a proposal."""

    draw: Callable[[np.random.Generator], Sequence[Floats]] = field(repr=False)
    name = "gaussian"
    arity = 1

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,
    ) -> Conversation:
        coordinates = Coordinates(problem, parents[0].candidate.genome)
        return offer(*(Draft(coordinates.write(vector)) for vector in self.draw(rng)))


def _decimals(problem: Problem, genome: Genome) -> tuple[Literal, ...]:
    return tuple(literal for literal in find_literals(problem, genome) if not literal.whole)
