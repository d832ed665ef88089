"""Commands about models: models and prompt."""

import asyncio
import os
import time
from dataclasses import replace
from typing import Any

import click

from evoengine.api import settled
from evoengine.budget import Budget
from evoengine.cli.describing import show_messages
from evoengine.cli.opening import open_run
from evoengine.cli.output import emit, emit_json, json_option, line_width, note
from evoengine.config import resolve
from evoengine.effects import Embed, Generate, Message
from evoengine.errors import ConfigError, EvoengineError, ModelError
from evoengine.llm import ModelPool, ModelSpec
from evoengine.report import exchanges
from evoengine.report.formats import table
from evoengine.types import Usage

QUESTION = "Answer with the word ready."

_ANSWER_TOKENS = 1024
"""A small model that finds no end is not waited for longer."""


@click.command("models")
@click.option("--model", multiple=True, metavar="MODEL", help="As for `evoengine run`.")
@click.option("--test", is_flag=True, help="Make one call to each; it is paid.")
@json_option
def models_command(model: tuple[str, ...], test: bool, as_json: bool) -> None:
    """List the models that the settings name, and try them.

    The key itself is never shown, only the environment variable that holds it and whether it is set.
    """
    config = settled(resolve(flags={"model": list(model) or None})[0])
    specs = [table.spec() for table in config.models]
    rows = [_describe(spec) | (asyncio.run(_try(spec)) if test else {}) for spec in specs]
    if as_json:
        emit_json(rows)
    elif rows:
        emit(table(list(rows[0]), _cells(rows), width=line_width()))
    else:
        note("no model is configured: give --model MODEL, or [[models]] in evoengine.toml")
    failed = [row for row in rows if row.get("error")]
    if failed:
        raise ModelError(f"{len(failed)} of {len(rows)} models failed; the first: {failed[0]['error']}")


def _describe(spec: ModelSpec) -> dict[str, Any]:
    variable = spec.api_key_env
    return {
        "name": spec.name,
        "base_url": spec.base_url,
        "key": f"{variable} ({'set' if os.environ.get(variable) else 'not set'})" if variable else "",
        "price": spec.price_text,
        "weight": spec.weight,
        "edit_format": spec.edit_format,
        "roles": list(spec.roles),
    }


def _cells(rows: list[dict[str, Any]]) -> list[list[str]]:
    return [[_cell(value) for value in (row | {"roles": " ".join(row["roles"])}).values()] for row in rows]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return "" if value is None else str(value)


async def _try(spec: ModelSpec) -> dict[str, Any]:
    """Make one call; give how long it took, what it used and what was wrong."""
    row: dict[str, Any] = {"seconds": None, "tokens_in": 0, "tokens_out": 0, "dollars": 0.0, "error": ""}
    request = Generate((Message("user", QUESTION),), role=spec.roles[0])
    embeds = set(spec.roles) == {"embed"}
    spec = spec if spec.reasoning else replace(spec, max_tokens=min(spec.max_tokens, _ANSWER_TOKENS))
    try:
        async with ModelPool([spec]) as pool:
            pool.begin(0, Budget, Usage())
            begun = time.monotonic()
            reply = await (
                pool.embed(Embed((QUESTION,)), proposal=0, step=0)
                if embeds
                else pool.generate(request, proposal=0, step=0)
            )
    except EvoengineError as error:
        return row | {"error": " ".join(filter(None, (str(error), error.cure)))}
    used = {name: getattr(reply.usage, name) for name in ("tokens_in", "tokens_out", "dollars")}
    return row | {"seconds": round(time.monotonic() - begun, 3), **used}


@click.command("prompt")
@click.argument("names", nargs=-1, required=True, metavar="[RUN] CANDIDATE")
@json_option
def prompt_command(names: tuple[str, ...], as_json: bool) -> None:
    """Show what models were asked for a candidate, and what they answered.

    It is exactly what was sent for the proposal that the candidate came from, from the log.
    """
    *runs, candidate = names
    if len(runs) > 1:
        raise ConfigError(f"{len(names)} names are given", cure="evoengine prompt [RUN] CANDIDATE")
    found = exchanges(open_run(runs[0] if runs else "last"), candidate)
    if as_json:
        emit_json(
            [
                {
                    "step": exchange.step,
                    "model": exchange.model,
                    "messages": [{"role": m.role, "content": m.content} for m in exchange.messages],
                    "replies": exchange.texts,
                    "usage": {name: getattr(exchange.usage, name) for name in Usage.__slots__},
                }
                for exchange in found
            ]
        )
    elif found:
        emit(
            "\n\n".join(
                [show_messages(exchange) + _replies(exchange.model, exchange.texts) for exchange in found]
            )
        )
    else:
        note(f"no model was asked for {candidate}")


def _replies(model: str, texts: tuple[str, ...]) -> str:
    return "".join(f"\n\n==> reply of {model} <==\n{text}" for text in texts)
