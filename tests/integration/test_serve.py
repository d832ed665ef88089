"""evoengine serve with a command vllm that serves without a model: real processes, ports and signals."""

import json
import os
import signal
import socket
import sys
import time
from urllib.request import urlopen

import pytest
from serve_command import listens, port, read_tables, start

from evoengine.errors import ConfigError
from evoengine.llm import parse_model
from evoengine.llm.serving import plan_replicas

__all__ = ["port"]


@pytest.fixture
def vllm(tmp_path, monkeypatch):
    """Put a command vllm into PATH."""
    program = tmp_path / "bin" / "vllm"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho $$ >> {tmp_path}/pids\nexec {sys.executable} -m evoengine.testing.vllm_server "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return program


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_servers_are_waited_for_announced_and_ended_with_the_command(vllm, port, how):
    process = start(
        "org/small", "--port", str(port), "--lora", "tuned=/weights", "--", "--max-model-len", "4096"
    )
    tables = read_tables(process, 2)
    with urlopen(f"{tables[0]['base_url']}/models") as answer:
        assert [model["id"] for model in json.load(answer)["data"]] == ["org/small", "tuned"]
    process.send_signal(how)
    _, err = process.communicate()
    assert process.returncode == 0
    assert [table["name"] for table in tables] == ["org/small", "tuned"]
    assert f"--model vllm:http://127.0.0.1:{port}#tuned" in err
    started = next(line for line in err.splitlines() if line.startswith("fake vllm:"))
    for option in (
        "serve org/small --host 127.0.0.1",
        "--enable-prefix-caching --scheduling-policy priority",
        "--enable-lora --lora-modules tuned=/weights",
        "--max-model-len 4096",
    ):
        assert option in started
    assert not listens(port)


def test_a_model_that_is_served_under_another_name_is_announced_under_that(vllm, port):
    process = start("/models/small", "--port", str(port), "--", "--served-model-name", "small")
    [table] = read_tables(process, 1)
    process.terminate()
    process.communicate()
    assert table["name"] == "small"


def test_when_one_replica_dies_the_others_are_ended_and_the_end_is_explained(vllm, port, tmp_path):
    process = start("small", "--replicas", "2", "--port", str(port))
    tables = read_tables(process, 2)
    assert [table["base_url"] for table in tables] == [f"http://127.0.0.1:{port + n}/v1" for n in range(2)]
    os.kill(int((tmp_path / "pids").read_text().split()[0]), signal.SIGKILL)
    _, err = process.communicate()
    assert process.returncode == 4
    assert "ended with exit code -9" in err
    assert "see what it said above" in err
    assert not listens(port)
    assert not listens(port + 1)


def test_a_server_that_cannot_start_is_reported_at_once(vllm, port):
    vllm.write_text("#!/bin/sh\necho no such model >&2\nexit 3\n")
    process = start("small", "--port", str(port))
    out, err = process.communicate()
    assert (process.returncode, out) == (4, "")
    assert "no such model" in err
    assert "ended with exit code 3" in err


def test_one_that_is_stopped_while_it_loads_leaves_nothing(vllm, port, tmp_path):
    vllm.write_text(f"#!/bin/sh\ntouch {tmp_path}/begun\nsleep 1000 &\nwait\n")
    process = start("small", "--port", str(port))
    while not (tmp_path / "begun").exists():
        time.sleep(0.02)
    process.terminate()
    out, _ = process.communicate()
    assert (process.returncode, out) == (0, "")


def test_each_replica_has_its_own_gpus(vllm, port, monkeypatch):
    planned = plan_replicas("small", gpus=2, replicas=2, port=port)
    assert [replica.environment for replica in planned] == [
        {"CUDA_VISIBLE_DEVICES": "0,1"},
        {"CUDA_VISIBLE_DEVICES": "2,3"},
    ]
    assert all("--tensor-parallel-size 2" in " ".join(replica.command) for replica in planned)
    assert plan_replicas("small", gpus=0, port=port)[0].environment == {}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7")
    assert plan_replicas("small", port=port)[0].environment == {"CUDA_VISIBLE_DEVICES": "5"}
    with pytest.raises(ConfigError, match="3 replicas with 1 GPUs each, and CUDA_VISIBLE_DEVICES names 2"):
        plan_replicas("small", replicas=3, port=port)


def test_what_cannot_be_served_is_said_before_anything_is_started(vllm, port, monkeypatch):
    with pytest.raises(ConfigError, match="no adapter") as caught:
        plan_replicas("small", port=port, adapters=["tuned"])
    assert "NAME=PATH" in caught.value.cure
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        with pytest.raises(ConfigError, match=f"port {port} of this machine is taken"):
            plan_replicas("small", port=port)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match="vLLM is not installed") as caught:
        plan_replicas("small", port=port)
    assert "pip install vllm" in caught.value.cure


def test_a_vllm_of_this_environment_is_started_as_a_module(tmp_path, port, monkeypatch):
    (tmp_path / "vllm").mkdir()
    (tmp_path / "vllm" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    command = plan_replicas("small", port=port)[0].command
    assert command[:5] == (sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", "small")


def test_a_build_of_vllm_under_another_name_is_started_as_a_module_of_its_environment(vllm, port):
    vllm.write_text(f"#!{sys.executable}\nfrom importlib.metadata import version\nversion('vllm')\n")
    command = plan_replicas("small", port=port)[0].command
    assert command[:3] == (sys.executable, "-m", "vllm.entrypoints.openai.api_server")
    python = vllm.with_name("python3")
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o755)
    for known in (python, "/nowhere/python"):
        vllm.write_text(f"#!{known}\n")
        assert plan_replicas("small", port=port)[0].command[:3] == (str(vllm), "serve", "small")


def test_an_adapter_is_named_after_the_endpoint():
    spec = parse_model("vllm:http://127.0.0.1:8000#tuned")
    assert (spec.name, spec.base_url) == ("tuned", "http://127.0.0.1:8000/v1")
