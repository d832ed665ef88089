"""Commands about settings: recipes and config."""

from typing import Any

import click

from evoengine.cli.output import emit, emit_json, json_option, line_width
from evoengine.config import resolve, write_toml
from evoengine.config.toml import flatten
from evoengine.recipes import RECIPES, parameters, shared_parameters
from evoengine.report.formats import table


@click.command("recipes")
@click.argument("name", required=False)
@json_option
def recipes_command(name: str | None, as_json: bool) -> None:
    """List the search methods and their parameters."""
    names = [name] if name else list(RECIPES)
    found: list[dict[str, Any]] = [
        {
            "name": recipe,
            "params": {**parameters(recipe), **shared_parameters(recipe)},
            "summary": RECIPES[recipe].summary,
            "source": RECIPES[recipe].source,
            "needs_model": RECIPES[recipe].needs_model,
        }
        for recipe in names
    ]
    if as_json:
        emit_json(found)
    elif name:
        (recipe,) = found
        rows = [[f"params.{key}", repr(value)] for key, value in recipe["params"].items()]
        emit(f"{name}: {recipe['summary']}\n{recipe['source']}\n\n{table(['parameter', 'default'], rows)}")
    else:
        rows = [
            [item["name"], "yes" if item["needs_model"] else "-", item["summary"], item["source"]]
            for item in found
        ]
        emit(table(["recipe", "model", "what it does", "source"], rows, width=line_width()))


@click.group("config")
def config_command() -> None:
    """Show the settings and where each comes from."""


@config_command.command("show")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="As for `evoengine run`.")
@click.option("--origin", is_flag=True, help="With the place that each value comes from.")
@json_option
def config_show(sets: tuple[str, ...], origin: bool, as_json: bool) -> None:
    """Print the settings that a run here would have.

    Later ones win: defaults, ~/.config/evoengine/config.toml, evoengine.toml, run.toml, EVOENGINE_*
    variables, --set, flags.
    """
    config, origins = resolve(sets=sets)
    if as_json:
        values = flatten(config.model_dump())
        emit_json({key: {"value": value, "origin": origins[key]} for key, value in values.items()})
    elif origin:
        rows = [[key, _shown(value), origins[key]] for key, value in flatten(config.model_dump()).items()]
        emit(table(["setting", "value", "origin"], rows, width=line_width()))
    else:
        emit(write_toml(config.model_dump()).rstrip())


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
