"""The command serve."""

import asyncio
import json
from collections.abc import Sequence

import click

from evoengine.cli.output import emit, note
from evoengine.errors import ConfigError
from evoengine.llm.probes import served_name
from evoengine.llm.ray_serving import plan_app
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
@click.option("--ray", is_flag=True, help="Serve it on a Ray cluster, up to --replicas behind one port.")
@click.option("--ray-address", default="", metavar="ADDRESS", help="Of the head, for --ray.")
@click.option("--lora", multiple=True, metavar="NAME=PATH", help="An adapter, served under its name.")
def serve_command(
    model: str,
    options: tuple[str, ...],
    *,
    gpus: int,
    replicas: int,
    port: int,
    ray: bool,
    ray_address: str,
    lora: tuple[str, ...],
) -> None:
    """Serve a model with vLLM, here or with --ray on a cluster.

    What follows -- goes to vLLM. The models are printed as they stand in evoengine.toml once they answer;
    Ctrl-C ends the servers.
    """
    if ray or ray_address:
        if lora:
            raise ConfigError(
                "--ray takes no --lora",
                cure="serve adapters with vLLM itself: leave out --ray",
            )
        app = plan_app(model, gpus=gpus, replicas=replicas, port=port, address=ray_address, options=options)
        planned = [app]
    else:
        planned = plan_replicas(
            model, gpus=gpus, replicas=replicas, port=port, adapters=lora, options=options
        )
    adapters = [adapter.partition("=")[0] for adapter in lora]
    note(f"starting {replicas} of {model}; weights may take minutes to load")
    asyncio.run(serve(planned, lambda: _announce(planned, model, adapters)))


def _announce(replicas: Sequence[Replica], model: str, adapters: Sequence[str]) -> None:
    # vLLM's option --served-model-name gives it another one.
    names = [served_name(replicas[0].base_url) or model, *adapters]
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
