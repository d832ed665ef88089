"""vLLM servers on this machine, as child processes."""

import asyncio
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from evoengine.errors import ConfigError, ModelError
from evoengine.llm.probes import get_text

_HEALTH_SECONDS = 0.2
_STOP_SECONDS = 60.0
"""Ray Serve alone gives a replica 20 seconds."""


@dataclass(frozen=True, slots=True)
class Replica:
    """One server to be started: its command, its endpoint, what its environment has beyond ours.

    It is ready when it answers ``/health``; one that `tells`, when it writes a line to its standard output.
    """

    command: tuple[str, ...]
    base_url: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    tells: bool = False


def plan_replicas(
    model: str,
    *,
    gpus: int = 1,
    replicas: int = 1,
    port: int = 8000,
    adapters: Sequence[str] = (),
    options: Sequence[str] = (),
) -> list[Replica]:
    """Give the servers for a model: each with its own port, counted up, and its own GPUs.

    They listen on the loopback device alone, keep prefixes, and serve by priority.

    Parameters
    ----------
    gpus
        Of each replica, which splits the model among them; 0: none, as for a vLLM that runs on processors.
    adapters
        LoRA adapters, ``NAME=PATH``.
    options
        Further options of ``vllm serve``.

    Raises
    ------
    ConfigError
        vLLM is not installed, a port is taken, or an adapter has no name or no path.
    """
    for adapter in adapters:
        if not all(adapter.partition("=")):
            raise ConfigError(f"--lora {adapter}: no adapter", cure="write --lora NAME=PATH")
    extra = [*(("--enable-lora", "--lora-modules", *adapters) if adapters else ()), *options]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    devices = visible.split(",") if visible else [str(number) for number in range(gpus * replicas)]
    if len(devices) < gpus * replicas:
        raise ConfigError(
            f"{replicas} replicas with {gpus} GPUs each, and CUDA_VISIBLE_DEVICES names {len(devices)}",
            cure="give fewer --replicas or --gpus",
        )
    planned: list[Replica] = []
    for index in range(replicas):
        require_free(port + index)
        command = [*_program(model), "--host", "127.0.0.1", "--port", str(port + index)]
        command += ["--enable-prefix-caching", "--scheduling-policy", "priority"]
        command += ["--tensor-parallel-size", str(gpus)] if gpus > 1 else []
        own = ",".join(devices[index * gpus : (index + 1) * gpus])
        environment = {"CUDA_VISIBLE_DEVICES": own} if own else {}
        planned.append(Replica((*command, *extra), f"http://127.0.0.1:{port + index}/v1", environment))
    return planned


async def serve(replicas: Sequence[Replica], ready: Callable[[], None]) -> None:
    """Start servers, call `ready` when all answer, and end them all on SIGINT or SIGTERM.

    What they print goes to standard error. Raises `ModelError` when one of them ends by itself; the others
    are ended then.
    """
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    processes: list[asyncio.subprocess.Process] = []
    try:
        for replica in replicas:
            processes.append(await _start(replica))  # noqa: PERF401 - the started ones are ended when one cannot be
        ended = [asyncio.ensure_future(process.wait()) for process in processes]
        stopping = asyncio.ensure_future(stop.wait())
        healthy = asyncio.ensure_future(_healthy(replicas, processes))
        await asyncio.wait([stopping, healthy, *ended], return_when=asyncio.FIRST_COMPLETED)
        if healthy.done() and not stop.is_set():
            ready()
            await asyncio.wait([stopping, *ended], return_when=asyncio.FIRST_COMPLETED)
        for task in (healthy, stopping):
            task.cancel()
        for replica, process in zip(replicas, processes, strict=True):
            if process.returncode is not None and not stop.is_set():
                raise ModelError(
                    f"the server at {replica.base_url} ended with exit code {process.returncode}",
                    cure=f"see what it said above; it was started as: {' '.join(replica.command)}",
                )
    finally:
        await asyncio.gather(*map(_end, processes))
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _start(replica: Replica) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *replica.command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE if replica.tells else sys.stderr,
        env=os.environ | replica.environment,
        # A signal from the terminal is ours to pass on, once.
        start_new_session=True,
    )


async def _healthy(replicas: Sequence[Replica], processes: Sequence[asyncio.subprocess.Process]) -> None:
    """Wait until all of them are ready, however long the weights take to load."""
    for replica, process in zip(replicas, processes, strict=True):
        if process.stdout is None:
            await _answering(replica)
        elif not await process.stdout.readline():
            # It ended without a word, which is seen to elsewhere.
            await asyncio.Event().wait()


async def _answering(replica: Replica) -> None:
    url = f"{replica.base_url.removesuffix('/v1')}/health"
    while await asyncio.to_thread(get_text, url) is None:  # noqa: ASYNC110 - it happens in another process
        await asyncio.sleep(_HEALTH_SECONDS)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a server in good order, and then whatever it has left behind."""
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _program(model: str) -> list[str]:
    # As a module it starts with builds of vLLM under another name as well, whose command does not.
    if importlib.util.find_spec("vllm") is not None:
        return _as_module(sys.executable, model)
    program = shutil.which("vllm")
    if program is None:
        raise ConfigError(
            "vLLM is not installed: there is no module and no command vllm",
            cure="on the machine with the GPU, in an environment of its own: pip install vllm, and have its vllm"
            " in PATH; a server elsewhere takes only --model vllm:http://HOST:PORT",
        )
    with Path(program).open(encoding="utf-8", errors="replace") as script:
        python = script.readline().removeprefix("#!").strip()
    return _as_module(python, model) if _lacks_vllm(python) else [program, "serve", model]


def _lacks_vllm(python: str) -> bool:
    """Whether this is a Python that knows no distribution of the name vllm, which the command asks for its version."""
    if not Path(python).name.startswith("python") or not Path(python).is_file():
        return False
    question = "import importlib.metadata as m; m.version('vllm')"
    return subprocess.run([python, "-c", question], capture_output=True, check=False).returncode != 0


def _as_module(python: str, model: str) -> list[str]:
    return [python, "-m", "vllm.entrypoints.openai.api_server", "--model", model]


def require_free(port: int) -> None:
    """Raise `ConfigError` where something listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            raise ConfigError(f"port {port} of this machine is taken", cure="choose another --port") from None
