"""Ways to make offspring from parents, and the bandit that chooses among them."""

from collections.abc import Callable, Mapping
from functools import partial

from evoengine.operators.base import embed, evaluate, generate, offer
from evoengine.operators.crossover import Crossover
from evoengine.operators.literals import Perturb
from evoengine.operators.memetic import Memetic
from evoengine.operators.mix import Mix
from evoengine.operators.mutate import Mutate
from evoengine.operators.surrogate import Surrogate
from evoengine.operators.tune import Tune
from evoengine.operators.vectors import Gaussian, IsoLineDD, read_vectors
from evoengine.ports import Operator
from evoengine.problem import Problem
from evoengine.text.regions import is_evolvable

OPERATORS: Mapping[str, Callable[..., Operator]] = {
    "perturb": Perturb,
    "tune": Tune,
    "surrogate": Surrogate,
    "mutate": Mutate,
    "clip": partial(Mutate, ("clip",), "clip"),
    "crossover": Crossover,
    "memetic": Memetic,
    "gaussian": Gaussian,
    "iso_line": IsoLineDD,
}
"""Every operator that needs no model, by the name that it is credited under."""

SYNTACTIC = ("perturb", "mutate", "clip", "crossover", "memetic", "tune")
"""What suits a Python program."""

VECTOR = ("iso_line", "gaussian")
"""What suits a JSON list of numbers."""


def default_operators(problem: Problem) -> tuple[str, ...]:
    """Give the names of the operators that suit the first seed; none where only a model can vary it."""
    seed = problem.seeds[0]
    if any(name.endswith(".py") and is_evolvable(problem, name) for name in seed):
        return SYNTACTIC
    return VECTOR if read_vectors(problem, seed) else ()


__all__ = [
    "OPERATORS",
    "SYNTACTIC",
    "VECTOR",
    "Crossover",
    "Gaussian",
    "IsoLineDD",
    "Memetic",
    "Mix",
    "Mutate",
    "Perturb",
    "Surrogate",
    "Tune",
    "default_operators",
    "embed",
    "evaluate",
    "generate",
    "offer",
]
