"""The settings of a comparison, as they are kept in its folder."""

from pathlib import Path

from pydantic import Field, FiniteFloat, PositiveInt

from evoengine.config.checking import Table, check
from evoengine.config.run import RunConfig
from evoengine.config.toml import read_toml, replace_text, write_toml

COSTS = ("evaluations", "calls", "tokens", "dollars")
"""The limits that a comparison can hold equal; candidates are no cost, and seconds depend on what else runs."""


class ComparisonConfig(Table):
    """What a comparison is told to do.

    Attributes
    ----------
    run
        The settings that its runs share.
    recipes
        What is compared, the baseline among them.
    baseline
        What the others are measured against.
    seeds
        How many runs each recipe has, on seeds counted from that of `run`.
    target
        The value of the first objective that every run is timed to.
    at_once
        How many runs go side by side.
    """

    run: RunConfig
    recipes: list[str] = Field(min_length=1)
    baseline: str
    seeds: PositiveInt
    target: FiniteFloat | None = None
    at_once: PositiveInt


def read_comparison(path: Path) -> ComparisonConfig:
    """Read what `write_comparison` wrote. Raises `ConfigError`."""
    return check(ComparisonConfig, read_toml(path), lambda _: str(path))


def write_comparison(config: ComparisonConfig, path: Path) -> None:
    """Write a comparison's settings as TOML, whole or not at all."""
    replace_text(path, write_toml(config.model_dump()))
