"""Ray Serve's LLM app on a Ray cluster: how it is started, and ``python -m evoengine.llm.ray_serving JSON``, which holds it.

It needs ``ray[llm]``, in whose environment evoengine then is too, for both are one process here.
"""

import importlib
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from evoengine.errors import ConfigError
from evoengine.llm.serving import Replica, require_free

_ROUTER = "ray.serve.llm.request_router.PrefixCacheAffinityRouter"


def plan_app(
    model: str,
    *,
    gpus: int = 1,
    replicas: int = 1,
    port: int = 8000,
    address: str = "",
    options: Sequence[str] = (),
) -> Replica:
    """Give the app for a model: one endpoint on the loopback device, behind which Ray has up to so many replicas.

    They keep prefixes, serve by priority, and prompts that begin alike go to the same one.

    Parameters
    ----------
    gpus
        Of each replica, which splits the model among them; 0: none, as for a vLLM that runs on processors.
    address
        Of the cluster, as ``ray.init`` takes it; empty: the one that runs on this machine, or a new one here.
    options
        Further options of ``vllm serve``.

    Raises
    ------
    ConfigError
        ``ray[llm]`` is not installed, the port is taken, or an option is none.
    """
    for module in ("ray.serve.llm", "vllm"):
        try:
            found = importlib.util.find_spec(module)
        except ImportError as error:
            raise _missing(str(error)) from None
        if found is None:
            raise _missing(f"there is no module {module}")
    require_free(port)
    engine: dict[str, Any] = {"enable_prefix_caching": True, "scheduling_policy": "priority"}
    engine |= {"tensor_parallel_size": gpus} if gpus > 1 else {}
    deployment: dict[str, Any] = {"autoscaling_config": {"min_replicas": 1, "max_replicas": replicas}}
    if replicas > 1:
        deployment["request_router_config"] = {"request_router_class": _ROUTER}
    # Ray's workers are in folders of their own.
    source = str(Path(model).absolute()) if Path(model).is_dir() else model
    config = {
        "model_loading_config": {"model_id": model, "model_source": source},
        "engine_kwargs": engine | _arguments(options),
        "deployment_config": deployment,
    }
    if not gpus:
        config["accelerator_config"] = {"kind": "cpu"}
    settings = json.dumps({"address": address, "port": port, "llm_configs": [config]})
    command = (sys.executable, "-m", "evoengine.llm.ray_serving", settings)
    # No address tells when it is ready: the models are listed before there is a replica.
    return Replica(command, f"http://127.0.0.1:{port}/v1", tells=True)


def _missing(reason: str) -> ConfigError:
    return ConfigError(
        f"--ray: Ray Serve's LLM app is not installed: {reason}",
        cure="in an environment of its own: pip install 'ray[llm]' evoengine; or without --ray, which takes vLLM alone",
    )


def _arguments(options: Sequence[str]) -> dict[str, Any]:
    """Turn ``--max-model-len 4096`` into ``{"max_model_len": 4096}``. Raises `ConfigError` for what is no option."""
    found: dict[str, Any] = {}
    words = list(options)
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            raise ConfigError(f"{word!r} is no option of vLLM's", cure="write --NAME VALUE after --")
        name, equals, value = word.removeprefix("--").partition("=")
        if not equals:
            value = words.pop(0) if words and not words[0].startswith("--") else "true"
        typed: Any = value
        with suppress(ValueError):
            typed = json.loads(value)
        found[name.replace("-", "_")] = typed
    return found


def main() -> None:
    """Serve until SIGTERM, then take away the app, and Serve itself where nothing else is served.

    When the model answers, a line on standard output says so.
    """
    settings = json.loads(sys.argv[1])
    # Ray prints there what its workers say, which belongs with all the rest.
    told = os.dup(1)
    os.dup2(2, 1)
    ray, serve, llm = (importlib.import_module(name) for name in ("ray", "ray.serve", "ray.serve.llm"))
    ray.init(address=settings["address"] or None)
    # After `ray.init`, which puts a handler of its own there.
    signal.signal(signal.SIGTERM, _leave)
    name, app = (
        f"evoengine-{settings['port']}",
        llm.build_openai_app({"llm_configs": settings["llm_configs"]}),
    )
    try:
        serve.start(http_options={"host": "127.0.0.1", "port": settings["port"], "location": "HeadOnly"})
        serve.run(app, name=name, route_prefix="/")
        os.write(told, b"ready\n")
        while True:
            time.sleep(60)
    finally:
        serve.delete(name)
        if not serve.status().applications:
            serve.shutdown()
        ray.shutdown()


def _leave(number: int, frame: object) -> NoReturn:
    del number, frame
    sys.exit()


if __name__ == "__main__":
    main()
