"""Weights on this machine, served by a child process that stands in for llama.cpp."""

import asyncio
import importlib.util
import subprocess
import sys

import pytest

from evoengine.budget import Budget
from evoengine.effects import Generate, Message
from evoengine.errors import ConfigError, ModelError
from evoengine.llm import ModelPool, local, parse_model
from evoengine.types import Usage


async def ask(pool):
    return await pool.generate(Generate((Message("user", "hello"),)), proposal=0, step=0)


def serve(weights, work=ask):
    async def run():
        async with ModelPool([parse_model(str(weights))]) as pool:
            pool.begin(1, Budget, Usage())
            return await work(pool)

    return asyncio.run(run())


def test_weights_without_the_extra_say_what_to_install(tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "xllamacpp" else found(name)
    )
    weights = tmp_path / "tiny.gguf"
    weights.touch()
    with pytest.raises(ConfigError, match=r"tiny: running a \.gguf file takes the extra \[local\]") as caught:
        serve(weights)
    assert caught.value.cure == "pip install 'evoengine[local]'"


STAND_IN = """
import pathlib, threading, time
from types import SimpleNamespace
from evoengine.testing.model_server import ModelServer
def CommonParams():
    return SimpleNamespace(model=SimpleNamespace(), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace())
def Server(params):
    print("chatter on standard output")
    weights = pathlib.Path(params.model.path).read_text()
    if weights == "broken":
        raise SystemExit("no GGUF")
    if weights == "slow":
        time.sleep(30)
    server = ModelServer(lambda request, index: f"{params.n_parallel} {params.n_ctx} {params.hostnames[0]}", names=params.model_alias)
    server.__enter__()
    if weights == "stubborn":
        threading.Thread(target=time.sleep, args=(30,)).start()
    return SimpleNamespace(listening_address=server.url.removesuffix("/v1"))
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A package of llama.cpp's interface without llama.cpp, for the child process."""
    (tmp_path / "xllamacpp.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()


def test_weights_are_served_by_a_child_that_ends_with_the_pool(stand_in, tmp_path):
    weights = tmp_path / "tiny.gguf"
    weights.write_bytes(b"GGUF")

    async def work(pool):
        reply = await ask(pool)
        stop = pool._opener._closers[0]
        return reply, stop.__self__._process

    reply, process = serve(weights, work)
    assert reply.texts == ("4 32768 127.0.0.1",)
    assert (reply.model, reply.usage.calls) == ("tiny", 1)
    assert process.returncode == 0


def test_a_child_ends_with_the_process_that_started_it(stand_in, tmp_path):
    weights = tmp_path / "tiny.gguf"
    weights.write_bytes(b"GGUF")
    code = """
import asyncio, os, signal, sys
from evoengine.llm.local import LocalServer
from evoengine.llm import parse_model
async def main():
    server = await LocalServer.start(parse_model(sys.argv[1]))
    print(server._process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    result = subprocess.run(
        [sys.executable, "-c", code, weights], check=False, capture_output=True, text=True
    )
    pid = int(result.stdout)
    gone = subprocess.run(["timeout", "10", "tail", "--pid", str(pid), "-f", "/dev/null"], check=False)
    assert gone.returncode == 0


def test_weights_that_cannot_be_loaded_say_what_the_server_said(stand_in, tmp_path):
    weights = tmp_path / "broken.gguf"
    weights.write_text("broken")
    with pytest.raises(ModelError, match=r"cannot serve .*broken\.gguf\n(.*\n)*no GGUF"):
        serve(weights)


def test_weights_that_take_too_long_are_given_up(stand_in, tmp_path, monkeypatch):
    monkeypatch.setattr(local, "_START_SECONDS", 0.5)
    monkeypatch.setattr(local, "_STOP_SECONDS", 0.1)
    weights = tmp_path / "slow.gguf"
    weights.write_text("slow")
    with pytest.raises(ModelError, match="cannot serve"):
        serve(weights)


def test_waiting_for_weights_can_be_interrupted(stand_in, tmp_path, monkeypatch):
    monkeypatch.setattr(local, "_STOP_SECONDS", 0.1)
    weights = tmp_path / "slow.gguf"
    weights.write_text("slow")

    async def work():
        async with asyncio.timeout(0.5), ModelPool([parse_model(str(weights))]):
            pass

    with pytest.raises(TimeoutError):
        asyncio.run(work())


def test_a_child_that_does_not_end_is_killed(stand_in, tmp_path, monkeypatch):
    monkeypatch.setattr(local, "_STOP_SECONDS", 0.5)
    weights = tmp_path / "stubborn.gguf"
    weights.write_text("stubborn")

    async def work(pool):
        return pool._opener._closers[0].__self__._process

    assert serve(weights, work).returncode < 0
