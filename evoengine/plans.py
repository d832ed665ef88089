"""What runs a comparison wants."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evoengine.api import settled
from evoengine.config import COSTS, LIMITS, ComparisonConfig, RunConfig, read_run_config
from evoengine.config.checking import check
from evoengine.errors import ConfigError
from evoengine.problem import Problem
from evoengine.recipes import RECIPES, make_recipe, parameters
from evoengine.report import CONFIG_NAME

DEFAULT_EVALUATIONS = 500

_FREE = {*LIMITS, "slots", "cache", "isolation", "runs"}
"""Settings that a run may change when it is gone on with."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A run that is wanted: a recipe on a seed."""

    recipe: str
    seed: int
    folder: Path
    config: RunConfig


def settle_comparison(
    run: RunConfig, recipes: Sequence[str], *, seeds: int, target: float | None, at_once: int | None
) -> ComparisonConfig:
    """Give the settings of a new comparison in full; parameters as for `compare`. Raises `ConfigError`."""
    full = settled(run.model_copy(update={"recipe": "best_of_n", "params": {}, "replay": ""}))
    costs = {name: getattr(run, name) for name in COSTS}
    if not any(costs.values()):
        costs["evaluations"] = DEFAULT_EVALUATIONS
    processors = len(os.sched_getaffinity(0))
    slots = run.slots or processors
    # Nothing waits in proposal order on one slot: as few proposals in flight as keep it busy.
    window = 0 if full.models or run.order == "completion" else 2 * slots
    changes = {**dict.fromkeys(LIMITS), **costs, "window": run.window or window, "params": run.params}
    baseline = "best_of_n" if full.models else "hill_climb"
    values = {
        "run": full.model_copy(update=changes),
        "recipes": list(dict.fromkeys([*recipes, baseline])),
        "baseline": baseline,
        "seeds": seeds,
        "target": target,
        "at_once": max(1, processors // slots) if at_once is None else at_once,
    }
    return check(ComparisonConfig, values, lambda _: "compare")


def plan_runs(folder: Path, problem: Problem, config: ComparisonConfig) -> Sequence[Planned]:
    """Give every run that is wanted, seed by seed, so that an early end has all recipes on the first seeds."""
    _require_known(config)
    settings: dict[str, RunConfig] = {}
    for recipe in config.recipes:
        params = {key: value for key, value in config.run.params.items() if key in parameters(recipe)}
        settings[recipe] = settled(config.run.model_copy(update={"recipe": recipe, "params": params}))
        make_recipe(recipe, problem, settings[recipe].params)
    return [
        Planned(recipe, seed, folder / f"{recipe}-{seed}", run.model_copy(update={"seed": seed}))
        for seed in range(config.run.seed, config.run.seed + config.seeds)
        for recipe, run in settings.items()
    ]


def require_same(planned: Planned) -> None:
    """Refuse a folder that holds the run of another search."""
    path = planned.folder / CONFIG_NAME
    if not path.is_file():
        return
    there, wanted = read_run_config(path).model_dump(), planned.config.model_dump()
    for key, value in wanted.items():
        if key not in _FREE and there[key] != value:
            raise ConfigError(
                f"{planned.folder}: holds a run with {key} = {there[key]!r}, not {value!r}",
                cure="choose another folder with --out",
            )


def _require_known(config: ComparisonConfig) -> None:
    known = {key for recipe in config.recipes for key in parameters(recipe)}
    for key in config.run.params:
        if key not in known:
            raise ConfigError(
                f"params.{key}: none of the recipes {', '.join(config.recipes)} has such a parameter",
                cure="`evoengine recipes NAME` lists those of a recipe",
            )
    for recipe in config.recipes:
        if RECIPES[recipe].needs_model and not config.run.models:
            raise ConfigError(
                f"recipe: {recipe} asks a model, and none is named", cure="name one with --model"
            )
