"""Published search methods, one file each, and their registry."""

import inspect
from collections.abc import Mapping
from typing import Any, Protocol

from evoengine.errors import ConfigError
from evoengine.ports import Recipe
from evoengine.recipes.alphaevolve import AlphaEvolve
from evoengine.recipes.best_of_n import BestOfN
from evoengine.recipes.hill_climb import HillClimb
from evoengine.recipes.islands import IslandsRecipe
from evoengine.recipes.map_elites import MapElites
from evoengine.recipes.random_search import RandomSearch
from evoengine.recipes.sequential_refine import SequentialRefine
from evoengine.types import Problem


class RecipeClass(Protocol):
    """What is registered: a class of recipes with a line about it and its source."""

    summary: str
    source: str

    def __call__(self, problem: Problem, **params: Any) -> Recipe: ...


RECIPES: Mapping[str, RecipeClass] = {
    "best_of_n": BestOfN,
    "sequential_refine": SequentialRefine,
    "random_search": RandomSearch,
    "hill_climb": HillClimb,
    "map_elites": MapElites,
    "islands": IslandsRecipe,
    "alphaevolve": AlphaEvolve,
}
"""Every method by the name that ``--recipe`` takes."""


def parameters(name: str) -> Mapping[str, Any]:
    """Give a recipe's parameters with their defaults. Raises `ConfigError` for an unknown name."""
    if name not in RECIPES:
        raise ConfigError(f"recipe: no recipe is called {name!r}", cure=f"choose one of {', '.join(RECIPES)}")
    signature = inspect.signature(RECIPES[name])
    return {p.name: p.default for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY}


def make_recipe(name: str, problem: Problem, params: Mapping[str, Any] | None = None) -> Recipe:
    """Make a recipe for a problem. Raises `ConfigError` for an unknown name or parameter, or a wrong value."""
    known = parameters(name)
    given = dict(params or {})
    for key in given:
        if key not in known:
            raise ConfigError(
                f"params.{key}: the recipe {name!r} has no such parameter",
                cure=f"it has {', '.join(known) or 'none'}",
            )
    try:
        return RECIPES[name](problem, **given)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"params of the recipe {name!r}: {error}", cure="`evoengine recipes` shows them"
        ) from error


__all__ = ["RECIPES", "RecipeClass", "make_recipe", "parameters"]
