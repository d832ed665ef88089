"""What commands share: data to standard output, people's text to standard error."""

import json
import math
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import click

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def note(text: str = "") -> None:
    """Write a line for people."""
    click.echo(text, err=True)


def emit(text: str) -> None:
    """Write data."""
    click.echo(text)


def emit_json(value: Any) -> None:
    """Write data as JSON; what is not a finite number becomes null."""
    click.echo(json.dumps(_finite(value), indent=2, ensure_ascii=False))


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case str():
            return value
        case Mapping():
            return {str(key): _finite(item) for key, item in cast("Mapping[Any, Any]", value).items()}
        case Sequence():
            return [_finite(item) for item in cast("Sequence[Any]", value)]
        case _:
            return value


def line_width() -> int | None:
    """Give the width of the terminal, or None where standard output is none: then nothing is cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def colored() -> bool:
    """Whether standard output takes colour: a terminal, and no NO_COLOR (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def paint_diff(diff: str) -> str:
    """Colour a unified diff where colour is taken."""
    if not colored():
        return diff
    colors = {"+": "green", "-": "red", "@": "cyan"}
    return "\n".join(click.style(line, fg=colors.get(line[:1])) for line in diff.splitlines())


def json_option(function: FunctionT) -> FunctionT:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def run_argument(function: FunctionT) -> FunctionT:
    """Add the argument RUN."""
    return click.argument("run", default="last")(function)
