"""The settings of a run, and where each of them came from."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, FiniteFloat, PositiveFloat, PositiveInt

from evoengine.config.checking import Table, check
from evoengine.config.models import ModelTable
from evoengine.config.toml import (
    flatten,
    merge_tables,
    nest,
    parse_value,
    read_toml,
    replace_text,
    write_toml,
)
from evoengine.errors import ConfigError

ENVIRONMENT_PREFIX = "EVOENGINE_"
DEFAULT_CANDIDATES = 1000
LOCAL_FILES = ("evoengine.toml", "run.toml")
LIMITS = ("candidates", "evaluations", "calls", "tokens", "dollars", "seconds", "target")
"""The settings that are the run's budget; all but the target are spent."""


class RunConfig(Table):
    """What a run is told to do.

    Attributes
    ----------
    problem
        A name, folder or file for `load_problem`.
    recipe, params
        The search method and its parameters.
    model, models
        The models that operators may ask: as ``--model`` names them, and as tables. Together they are the
        pool; none of either is a search without a model.
    cache
        A file that keeps models' answers across runs; empty for none.
    replay
        A run whose recorded replies stand in for models; empty for none.
    candidates, evaluations, calls, tokens, dollars, seconds
        The run ends at the first of these that is reached; tokens in and out together, seconds of running,
        pauses left out. In a file, `hours` may stand for `seconds`.
    target
        The fitness at which the run ends.
    seed
        Of every random stream.
    executor, ray_address
        Where candidates are evaluated: ``local``, on this machine, or ``ray``, on the nodes of a Ray cluster
        whose head has this address; empty: the cluster that ``RAY_ADDRESS`` names or that runs here, or a new one.
    slots
        How many candidates are evaluated at once; None: one per CPU, of this machine or of the cluster's nodes,
        or fewer where the problem's resources say so.
    order
        ``proposal`` makes two runs of one seed identical; ``completion`` never waits for a straggler.
    window
        How many proposals may be in flight in proposal order; 0 chooses.
    isolation
        The weakest isolation accepted of the strongest that this machine has; None accepts any that
        confines, ``none`` also one that does not.
    overrides
        Nested values laid over the problem's own.
    runs
        The folder that holds the folders of runs.
    """

    problem: str = ""
    recipe: str = "adaptive"
    params: dict[str, Any] = Field({})
    model: list[str] = Field([])
    models: list[ModelTable] = Field([])
    cache: str = ""
    replay: str = ""
    candidates: PositiveInt | None = None
    evaluations: PositiveInt | None = None
    calls: PositiveInt | None = None
    tokens: PositiveInt | None = None
    dollars: PositiveFloat | None = None
    seconds: PositiveFloat | None = None
    target: FiniteFloat | None = None
    seed: int = 0
    executor: Literal["local", "ray"] = "local"
    ray_address: str = ""
    slots: PositiveInt | None = None
    order: Literal["completion", "proposal"] = "completion"
    window: int = Field(0, ge=0)
    isolation: Literal["full", "landlock", "seccomp", "none"] | None = None
    overrides: dict[str, Any] = Field({})
    runs: str = "runs"


@dataclass(frozen=True, slots=True)
class _Layer:
    origin: str
    values: Mapping[str, Any]


def resolve(
    *,
    flags: Mapping[str, Any] | None = None,
    sets: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> tuple[RunConfig, Mapping[str, str]]:
    """Lay the sources of settings over one another, the later over the earlier.

    They are the defaults, the user's file (``~/.config/evoengine/config.toml``), ``evoengine.toml`` and
    ``run.toml`` in the working folder, ``EVOENGINE_*`` variables (``EVOENGINE_PARAMS__ISLANDS=4`` is
    ``params.islands``), ``key=value`` texts, and flags. Where none of them limits the run, it is limited
    to 1000 candidates.

    Parameters
    ----------
    flags
        Values by key; None stands for a flag that was not given.
    sets
        Texts ``key=value`` with dotted keys and TOML values.
    environment, folder
        By default the process's own environment and working folder.

    Returns
    -------
    tuple of RunConfig, Mapping
        The settings, and the origin of each by dotted key.

    Raises
    ------
    ConfigError
        A source cannot be read, or a key or value is wrong; names the origin.
    """
    environment = os.environ if environment is None else environment
    layers = [
        *_files(environment, folder or Path.cwd()),
        *_variables(environment),
        *(_assignment(text) for text in sets),
        *(_Layer(f"--{key}", {key: value}) for key, value in (flags or {}).items() if value is not None),
    ]
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for layer in layers:
        given = _in_seconds(layer)
        values = merge_tables(values, given)
        origins |= dict.fromkeys(flatten(given), layer.origin)
    if values.keys().isdisjoint({*LIMITS} - {"target"}):
        values["candidates"] = DEFAULT_CANDIDATES
    config = check(RunConfig, values, lambda key: _origin_of(origins, key))
    return config, {key: origins.get(key, "default") for key in flatten(config.model_dump())}


def read_run_config(path: Path) -> RunConfig:
    """Read the settings written by `write_run_config`. Raises `ConfigError`."""
    return check(RunConfig, read_toml(path), lambda _: str(path))


def write_run_config(config: RunConfig, path: Path) -> None:
    """Write resolved settings as TOML, whole or not at all."""
    replace_text(path, write_toml(config.model_dump()))


def user_file(environment: Mapping[str, str]) -> Path:
    """Give the place of the user's own settings (XDG Base Directory Specification)."""
    base = environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "~"), ".config").expanduser()
    return Path(base, "evoengine", "config.toml")


def _files(environment: Mapping[str, str], folder: Path) -> list[_Layer]:
    paths = [user_file(environment), *(folder / name for name in LOCAL_FILES)]
    return [_Layer(str(path), read_toml(path)) for path in paths if path.is_file()]


def _variables(environment: Mapping[str, str]) -> list[_Layer]:
    return [
        _Layer(
            name, nest(name.removeprefix(ENVIRONMENT_PREFIX).lower().replace("__", "."), parse_value(value))
        )
        for name, value in sorted(environment.items())
        if name.startswith(ENVIRONMENT_PREFIX)
    ]


def _assignment(text: str) -> _Layer:
    key, equals, value = text.partition("=")
    if not equals or not all(key.strip().split(".")):
        raise ConfigError(f"--set {text}: not of the form key=value", cure="write --set params.islands=4")
    return _Layer(f"--set {text}", nest(key.strip(), parse_value(value.strip())))


def _in_seconds(layer: _Layer) -> Mapping[str, Any]:
    if "hours" not in layer.values:
        return layer.values
    hours = layer.values["hours"]
    if "seconds" in layer.values or type(hours) not in (int, float):
        raise ConfigError(
            f"{layer.origin}: hours = {hours!r}: a number that stands for `seconds` is expected, without `seconds`",
            cure="give hours or seconds, as a number",
        )
    rest = {key: value for key, value in layer.values.items() if key != "hours"}
    return {**rest, "seconds": 3600.0 * hours}


def _origin_of(origins: Mapping[str, str], key: str) -> str:
    """Give the origin of a key: its own, that of the list that it is in, or that of any key below it."""
    listed = key.partition("[")[0]
    below = (origin for name, origin in origins.items() if name.startswith(f"{key}."))
    return origins.get(key) or origins.get(listed) or next(below, "settings")
