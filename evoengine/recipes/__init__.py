"""Published search methods, one file each, and their registry."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from evoengine.errors import ConfigError
from evoengine.ports import Recipe
from evoengine.problem import Problem
from evoengine.types import Known


class RecipeClass(Protocol):
    """What is registered: a class of recipes with a line about it, its source, and whether only a model can vary.

    `with_model` names its operators where there are models and none are given.
    """

    summary: str
    source: str
    needs_model: bool
    with_model: Sequence[str]

    def __call__(self, problem: Problem, **params: Any) -> Recipe: ...


@runtime_checkable
class Choosing(Protocol):
    """A recipe that chooses among operators by what they gained."""

    def adjust(
        self,
        *,
        bandit: Literal["thompson", "ucb"] = "thompson",
        novelty: Literal["off", "similarity", "judge"] = "off",
    ) -> None:
        """Choose, before anything is told, how operators that ask models are chosen, and what `Novel` rejects."""
        ...

    def arms(self) -> Mapping[str, Mapping[str, float]]:
        """Give, by arm, the figures that decide; equal for equal logs."""
        ...


@runtime_checkable
class Comparing(Protocol):
    """A recipe that learns from comparisons."""

    def comparison(self, rng: np.random.Generator) -> Sequence[Known]:
        """Give what to compare next: two candidates, or a reference and two; nothing while there are too few."""
        ...


class _Registry(Mapping[str, RecipeClass]):
    """Recipes by name, each imported when it is first looked up: the method NAME is in the module NAME."""

    def __init__(self, classes: Mapping[str, str]) -> None:
        self._classes = classes

    def __getitem__(self, name: str) -> RecipeClass:
        class_name = self._classes[name]
        return getattr(import_module(f"{__name__}.{name}"), class_name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)


RECIPES: Mapping[str, RecipeClass] = _Registry(
    {
        # baselines
        "best_of_n": "BestOfN",
        "sequential_refine": "SequentialRefine",
        "random_search": "RandomSearch",
        "hill_climb": "HillClimb",
        # program search
        "adaptive": "Adaptive",
        "map_elites": "MapElites",
        "islands": "IslandsRecipe",
        "alphaevolve": "AlphaEvolve",
        "reevo": "ReEvo",
        "eoh": "EoH",
        "evoprompting": "EvoPrompting",
        "evoscale": "EvoScale",
        "reflexion": "Reflexion",
        "iterative_decoding": "IterativeDecoding",
        "elm": "ELM",
        "codetree": "CodeTree",
        "mcts": "MCTS",
        "deepevolve": "DeepEvolve",
        "adaevolve": "AdaEvolve",
        "funsearch": "FunSearch",
        "shinka": "Shinka",
        "dgm": "DGM",
        "levi": "Levi",
        "guided_evolution": "GuidedEvolution",
        "improve_class": "ImproveClass",
        "optoprime": "OptoPrime",
        "stop": "STOP",
        # of numbers
        "cma_es": "CmaEs",
        "es": "ES",
        "evollm": "EvoLLM",
        # preferences, diversity and instructions
        "pohf": "POHF",
        "qdhf": "QDHF",
        "qdaif": "QDAIF",
        "novelty_search": "NoveltySearch",
        "evol_instruct": "EvolInstruct",
        "auto_evol": "AutoEvol",
        "instruction_fusion": "InstructionFusion",
        "genetic_instruct": "GeneticInstruct",
        "decoding_evolution": "DecodingEvolution",
        # prompt search
        "gepa": "GEPA",
        "evoprompt_ga": "EvoPromptGA",
        "evoprompt_de": "EvoPromptDE",
        "promptbreeder": "Promptbreeder",
        "evoke": "Evoke",
        "ampo": "AMPO",
        "directional": "Directional",
    }
)
"""Every method by the name that ``--recipe`` takes."""

SHARED: Mapping[str, Any] = {"bandit": "thompson", "novelty": "off"}
"""Parameters of every method with ``operators``, with their defaults: see `Choosing.adjust`."""


def parameters(name: str) -> Mapping[str, Any]:
    """Give a recipe's own parameters with their defaults. Raises `ConfigError` for an unknown name."""
    if name not in RECIPES:
        raise ConfigError(f"recipe: no recipe is called {name!r}", cure=f"choose one of {', '.join(RECIPES)}")
    signature = inspect.signature(RECIPES[name])
    return {p.name: p.default for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY}


def shared_parameters(name: str) -> Mapping[str, Any]:
    """Give the parameters that a recipe has in common with others, with their defaults. Raises as `parameters`."""
    return SHARED if "operators" in parameters(name) else {}


def make_recipe(name: str, problem: Problem, params: Mapping[str, Any] | None = None) -> Recipe:
    """Make a recipe for a problem. Raises `ConfigError` for an unknown name or parameter, or a wrong value."""
    known = {**parameters(name), **shared_parameters(name)}
    given = dict(params or {})
    for key in given:
        if key not in known:
            raise ConfigError(
                f"params.{key}: the recipe {name!r} has no such parameter",
                cure=f"it has {', '.join(known) or 'none'}",
            )
    try:
        recipe = RECIPES[name](problem, **{key: given[key] for key in given if key not in SHARED})
        shared = {key: given[key] for key in given if key in SHARED}
        if shared and isinstance(recipe, Choosing):
            recipe.adjust(**shared)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"params of the recipe {name!r}: {error}", cure="`evoengine recipes` shows them"
        ) from error
    return recipe


__all__ = [
    "RECIPES",
    "Choosing",
    "Comparing",
    "RecipeClass",
    "make_recipe",
    "parameters",
    "shared_parameters",
]
