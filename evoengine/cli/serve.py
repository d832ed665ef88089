"""The command serve."""

import asyncio
import json
from collections.abc import Sequence

import click

from evoengine.cli.output import emit, note
from evoengine.llm.serving import Replica, plan_replicas, serve

CONCURRENCY = 64
"""Calls at once to one replica: it answers many together for little more than one alone."""


@click.command("serve")
@click.argument("model")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.option("--gpus", default=1, show_default=True, type=click.IntRange(0), help="GPUs of each replica.")
@click.option(
    "--replicas", default=1, show_default=True, type=click.IntRange(1), help="Servers of the model."
)
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Of the first one."
)
@click.option("--lora", multiple=True, metavar="NAME=PATH", help="An adapter, served under its name.")
def serve_command(
    model: str, options: tuple[str, ...], *, gpus: int, replicas: int, port: int, lora: tuple[str, ...]
) -> None:
    """Serve a model on this machine's GPUs with vLLM.

    What follows -- goes to vLLM. The models are printed as they stand in evoengine.toml once they answer;
    Ctrl-C ends the servers.
    """
    planned = plan_replicas(model, gpus=gpus, replicas=replicas, port=port, adapters=lora, options=options)
    names = [model, *(adapter.partition("=")[0] for adapter in lora)]
    note(f"starting {replicas} of {model}; weights may take minutes to load")
    asyncio.run(serve(planned, lambda: _announce(planned, names)))


def _announce(replicas: Sequence[Replica], names: Sequence[str]) -> None:
    for name in names:
        for replica in replicas:
            table = {"name": name, "base_url": replica.base_url, "concurrency": CONCURRENCY}
            emit(
                "\n".join(
                    ["[[models]]", *(f"{key} = {json.dumps(value)}" for key, value in table.items()), ""]
                )
            )
    flags = [f"--model vllm:{replica.base_url.removesuffix('/v1')}#{names[-1]}" for replica in replicas]
    note(f"ready; the lines above are for evoengine.toml, or: evoengine run PROBLEM {' '.join(flags)}")
