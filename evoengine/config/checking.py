"""Turning what pydantic says into errors that name the place, the key, the value and the cure."""

import difflib
import json
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, PydanticUserError, TypeAdapter, ValidationError

from evoengine.errors import ConfigError


class Table(BaseModel):
    """A table of a configuration file: no unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


TableT = TypeVar("TableT", bound=Table)

_SHOWN = 80
"""Characters of a wrong value that an error repeats."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give ``did you mean 'x'?`` for the closest known word, or the list of all of them."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(words) or 'none'}"


def placed(error: ConfigError, where: str) -> ConfigError:
    """Name the file in an error that does not know it."""
    return ConfigError(f"{where}: {error}", cure=error.cure)


def check_value(key: str, value: object, kind: Any) -> None:
    """Check one value of a configuration file against an annotation; one that is a text or only Python's says nothing.

    Raises `ConfigError`, which names the key and the value.
    """
    try:
        # Files have lists where Python may want a tuple, and texts where it wants a path: as in JSON.
        TypeAdapter[object](Any if isinstance(kind, str) else kind).validate_json(
            json.dumps(value, default=str), strict=True
        )
    except PydanticUserError:
        return
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise ConfigError(
            f"{key} = {_shown(value)}: {reason[:1].lower()}{reason[1:]}", cure=f"mend {key!r}"
        ) from None


def check(model: type[TableT], values: Mapping[str, Any], where: Callable[[str], str]) -> TableT:
    """Build a table from plain values.

    Parameters
    ----------
    where
        Gives the origin (a file, a flag, ...) of a dotted key.

    Raises
    ------
    ConfigError
        One line for each mistake, each naming its origin, key and value.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # A misspelt key is also a missing one: its cure is the better of the two.
        found = sorted(error.errors(), key=lambda item: item["type"] != "extra_forbidden")
        mistakes = [_explain(model, item, where) for item in found]
    raise ConfigError("\n".join(message for message, _ in mistakes), cure=mistakes[0][1])


def _explain(model: type[BaseModel], mistake: Any, where: Callable[[str], str]) -> tuple[str, str]:
    loc: tuple[str | int, ...] = mistake["loc"]
    key = _dotted(loc)
    origin = where(key)
    if mistake["type"] == "extra_forbidden":
        return f"{origin}: unknown key {key!r}", did_you_mean(str(loc[-1]), _keys_at(model, loc[:-1]))
    if mistake["type"] == "missing":
        return f"{origin}: the key {key!r} is missing", f"add {key!r}"
    reason = str(mistake["msg"]).removeprefix("Value error, ")
    if not key:
        return f"{origin}: {reason}", "mend that file"
    shown = _shown(mistake["input"])
    return f"{origin}: {key} = {shown}: {reason[:1].lower()}{reason[1:]}", f"mend {key!r}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _dotted(loc: tuple[str | int, ...]) -> str:
    key = ""
    for part in loc:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else part
    return key


def _keys_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Give the keys of the table at a place: lists and options on the way are looked through."""
    here = model
    for part in loc:
        if isinstance(part, str):
            here = _table_of(here.model_fields[part].annotation) or here
    return list(here.model_fields)


def _table_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    return next((table for part in typing.get_args(annotation) if (table := _table_of(part))), None)
