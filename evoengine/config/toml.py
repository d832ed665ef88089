"""Reading TOML with errors that name the place, and writing the few kinds of value that a run has."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from evoengine.errors import ConfigError

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file. Raises `ConfigError` naming the file, and the line of a syntax error."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file", cure="check the path") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text: {error.reason}", cure="save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path}: not valid TOML: {error}",
            cure='mend that line; text needs quotes, as in name = "value"',
        ) from None


def parse_value(text: str) -> Any:
    """Give the TOML value that a text spells (``3``, ``true``, ``[1, 2]``), or the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def write_toml(values: Mapping[str, Any]) -> str:
    """Write nested mappings of strings, booleans, numbers and lists as TOML; None in a table is left out.

    Raises `TypeError` for any other kind of value.
    """
    return "\n".join(_table(values, ())).strip() + "\n"


def replace_text(path: Path, text: str) -> None:
    """Write a file in one step: a process that is killed meanwhile leaves the old one, or none."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def merge_tables(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one nested mapping over another: tables are merged, anything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            value = merge_tables(cast("Mapping[str, Any]", below), cast("Mapping[str, Any]", value))  # noqa: PLW2901 - the merged value takes its place
        merged[key] = value
    return merged


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Give the leaves of nested mappings by dotted key; an empty table has none."""
    leaves: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            leaves |= flatten(cast("Mapping[str, Any]", value), f"{prefix}{key}.")
        else:
            leaves[prefix + key] = value
    return leaves


def nest(key: str, value: Any) -> dict[str, Any]:
    """Give the nested mapping that holds one value at a dotted key."""
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def _table(values: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    below = [key for key, value in values.items() if isinstance(value, Mapping) or _is_tables(value)]
    lines = [
        f"{_key(key)} = {_value(value)}"
        for key, value in values.items()
        if value is not None and key not in below
    ]
    for key in below:
        here = (*path, key)
        name = ".".join(_key(part) for part in here)
        if isinstance(values[key], Mapping):
            lines += ["", f"[{name}]", *_table(values[key], here)]
        else:
            for table in values[key]:
                lines += ["", f"[[{name}]]", *_table(table, here)]
    return lines


def _is_tables(value: Any) -> bool:
    """Whether a value is a list of nothing but tables."""
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return bool(items) and all(isinstance(item, Mapping) for item in items)


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _string(value)
        case Mapping():
            table = cast("Mapping[str, Any]", value)
            return (
                "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in table.items() if v is not None) + " }"
            )
        case Sequence():
            return "[" + ", ".join(_value(item) for item in cast("Sequence[Any]", value)) + "]"
        case _:
            raise TypeError(f"no TOML for a {type(value).__name__}")
