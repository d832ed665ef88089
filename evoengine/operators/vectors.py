"""Variation of vectors: genomes with a JSON list of numbers, all taken as real."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from evoengine.effects import Conversation
from evoengine.operators.base import offer
from evoengine.problem import Problem
from evoengine.text.regions import is_evolvable
from evoengine.types import Draft, Genome, Known


def read_vectors(problem: Problem, genome: Genome) -> dict[str, np.ndarray]:
    """Give the evolvable ``.json`` files that hold a non-empty flat list of finite numbers, by name."""
    found = {
        name: _vector(text)
        for name, text in genome.items()
        if name.endswith(".json") and is_evolvable(problem, name)
    }
    return {name: vector for name, vector in found.items() if vector is not None}


def _vector(text: str) -> np.ndarray | None:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, list) or not value:
        return None
    numbers = cast("list[Any]", value)
    if any(type(number) not in (int, float) for number in numbers):
        return None
    try:
        vector = np.array(numbers, dtype=float)
    except OverflowError:
        return None
    return vector if np.isfinite(vector).all() else None


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Add a normal step of standard deviation `sigma` to every coordinate.

    Parameters
    ----------
    sigma
        In the unit of the coordinates.
    low, high
        Coordinates are clipped to them.
    """

    sigma: float = 0.1
    low: float = -math.inf
    high: float = math.inf
    name = "gaussian"
    arity = 1

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,
    ) -> Conversation:
        genome = parents[0].candidate.genome
        vectors = read_vectors(problem, genome)
        changed = {name: x + rng.normal(0.0, self.sigma, x.shape) for name, x in vectors.items()}
        return _offer(genome, changed, self.low, self.high)


@dataclass(frozen=True, slots=True)
class IsoLineDD:
    """Iso+line variation: ``x1 + iso * N(0, I) + line * N(0, 1) * (x2 - x1)``.

    Vassiliades & Mouret 2018, "Discovering the elite hypervolume by leveraging interspecies
    correlation", equation 1. Parents whose vectors differ in length give no offspring.

    Parameters
    ----------
    sigma_iso, sigma_line
        The paper's standard deviations.
    low, high
        Coordinates are clipped to them.
    """

    sigma_iso: float = 0.01
    sigma_line: float = 0.2
    low: float = -math.inf
    high: float = math.inf
    name = "iso_line"
    arity = 2

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],  # noqa: ARG002 - the port's
        rng: np.random.Generator,
    ) -> Conversation:
        genome = parents[0].candidate.genome
        others = read_vectors(problem, parents[-1].candidate.genome)
        changed: dict[str, np.ndarray] = {}
        for name, x in read_vectors(problem, genome).items():
            y = others.get(name, x)
            if y.shape == x.shape:
                line = rng.normal(0.0, self.sigma_line)
                changed[name] = x + rng.normal(0.0, self.sigma_iso, x.shape) + line * (y - x)
        return _offer(genome, changed, self.low, self.high)


def _offer(genome: Genome, vectors: dict[str, np.ndarray], low: float, high: float) -> Conversation:
    texts = {name: json.dumps(np.clip(vector, low, high).tolist()) for name, vector in vectors.items()}
    return offer(Draft({**genome, **texts})) if texts else offer()
