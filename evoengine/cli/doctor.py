"""The command that says what this machine offers, and puts the sandbox to the test."""

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from evoengine.cli.opening import runs_folder
from evoengine.cli.output import emit, emit_json, json_option, note
from evoengine.config.run import LOCAL_FILES, user_file
from evoengine.errors import SandboxError
from evoengine.sandbox import LEVELS, describe, devices
from evoengine.sandbox.abuse import put_through
from evoengine.sandbox.probe import OFFERS
from evoengine.sandbox.process import LevelError


@click.command("doctor")
@click.option(
    "--abuse", is_flag=True, help="Attack the sandbox at every level of isolation that can be had here."
)
@json_option
def doctor_command(abuse: bool, as_json: bool) -> None:
    """Say what this machine offers: isolation and why no more of it, processors, versions, settings.

    With --abuse, candidates that loop, flood, forge, spy and attack others are run instead, some ten seconds for each level. It fails where one of them succeeds or leaves something behind.
    """
    if abuse:
        _abuse(as_json=as_json)
        return
    report = describe()
    facts = {
        "evoengine": version("evoengine"),
        "python": f"{platform.python_version()} ({sys.executable})",
        "system": platform.platform(),
        "processors": str(len(os.sched_getaffinity(0))),
        "isolation": f"{report.level}: {OFFERS[report.level]}",
        "devices": devices.present(),
        **{name: _version(name) for name in ("numpy", "openai", "pydantic", "sqlite-utils", "ray")},
        "settings": ", ".join(str(path) for path in _settings_files()) or "none but the defaults",
        "runs": str(runs_folder().absolute()),
    }
    refused = [attempt for attempt in report.attempts if not attempt.reached]
    if as_json:
        attempts = [{"level": a.level, "step": a.step, "cause": a.cause, "cure": a.cure} for a in refused]
        emit_json(facts | {"isolation": report.level, "refused": attempts, "kernel": dict(report.facts)})
        return
    emit("\n".join(f"{name:<14} {value}" for name, value in facts.items()))
    for attempt in refused:
        emit(f"{'':<14} {attempt.level} is refused at {attempt.step}: {attempt.cause}; {attempt.cure}")
    emit("\n".join(f"{name:<40} {value}" for name, value in report.facts.items()))


def _abuse(*, as_json: bool) -> None:
    """Attack every level that can be had. Raises `SandboxError` where one does not hold."""
    rows: list[dict[str, Any]] = []
    for level in reversed(LEVELS):
        note(f"attacking {level} ...")
        try:
            found = [
                {"level": level, "what": outcome.name, "came": outcome.status, "wrong": outcome.wrong}
                for outcome in put_through(level)
            ]
        except LevelError as error:
            note(f"not tried: {error}; {error.cure}")
            continue
        rows += found
        if not as_json:
            emit(_sum_up(level, found))
    if as_json:
        emit_json(rows)
    bad = [row for row in rows if row["wrong"]]
    if bad:
        raise SandboxError(
            f"{len(bad)} of {len(rows)} checks and attacks went wrong; the first: {_line(bad[0])}",
            cure="try once more on a quiet machine, then report it with the output of `evoengine doctor`",
        )


def _sum_up(level: str, rows: Sequence[Mapping[str, Any]]) -> str:
    bad = [row for row in rows if row["wrong"]]
    lines = [
        f"{'BAD' if bad else 'ok '} {level}: {len(rows) - len(bad)} of {len(rows)} checks and attacks held"
    ]
    return "\n".join([*lines, *(f"    {_line(row)}" for row in bad)])


def _line(row: Mapping[str, Any]) -> str:
    return f"{row['what']} at {row['level']}: {'; '.join(row['wrong'])}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _settings_files() -> list[Path]:
    return [path for path in (user_file(os.environ), *map(Path, LOCAL_FILES)) if path.is_file()]
