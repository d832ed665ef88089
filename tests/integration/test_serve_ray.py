"""evoengine serve --ray with modules that stand for Ray Serve, and a server without a model behind them."""

import json
import signal
import socket
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
from click.testing import CliRunner
from serve_command import listens, port, read_tables, start

from evoengine.cli.serve import serve_command
from evoengine.errors import ConfigError
from evoengine.llm.ray_serving import plan_app

__all__ = ["port"]

RAY = """
import sys

def init(address=None):
    print("cluster:", address, file=sys.stderr, flush=True)

def shutdown():
    print("left the cluster", file=sys.stderr, flush=True)
"""
RAY_SERVE = """
import json, subprocess, sys

port, server, applications = 0, None, {}

def start(http_options):
    global port
    assert http_options["host"] == "127.0.0.1"
    port = http_options["port"]

def run(app, name, route_prefix):
    global server
    print("app:", json.dumps(app), file=sys.stderr, flush=True)
    model = app["llm_configs"][0]["model_loading_config"]["model_id"]
    command = [sys.executable, "-m", "evoengine.testing.vllm_server", "serve", model, "--port", str(port)]
    server = subprocess.Popen(command)
    applications[name] = server

def delete(name):
    applications.pop(name).terminate()
    server.wait()

def status():
    return sys.modules[__name__]

def shutdown():
    print("Serve is ended", file=sys.stderr, flush=True)
"""


@pytest.fixture
def ray(tmp_path, monkeypatch):
    """Have modules stand for Ray Serve and its LLM app, whose replica serves without a model."""
    for name, text in {
        "ray/__init__.py": RAY,
        "ray/serve/__init__.py": RAY_SERVE,
        "ray/serve/llm.py": "def build_openai_app(arguments):\n    return arguments\n",
        "vllm.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_ray_serves_llm_app_is_started_announced_and_taken_away_again(ray, port):
    options = ("--ray-address", "10.0.0.1:6379", "--replicas", "4", "--gpus", "2")
    vllms = ("--max-model-len", "4096", "--enforce-eager", "--dtype=half")
    process = start("org/small", "--port", str(port), "--ray", *options, "--", *vllms)
    [table] = read_tables(process, 1)
    assert (table["name"], table["base_url"]) == ("org/small", f"http://127.0.0.1:{port}/v1")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    lines = [line for line in err.splitlines() if not line.startswith("fake vllm:")]
    assert [line for line in lines if "luster" in line] == ["cluster: 10.0.0.1:6379", "left the cluster"]
    assert "Serve is ended" in lines
    [config] = json.loads(next(line for line in lines if line.startswith("app: "))[5:])["llm_configs"]
    assert config["model_loading_config"] == {"model_id": "org/small", "model_source": "org/small"}
    assert config["engine_kwargs"] == {
        "enable_prefix_caching": True,
        "scheduling_policy": "priority",
        "tensor_parallel_size": 2,
        "max_model_len": 4096,
        "enforce_eager": True,
        "dtype": "half",
    }
    assert config["deployment_config"]["autoscaling_config"] == {"min_replicas": 1, "max_replicas": 4}
    assert "PrefixCacheAffinityRouter" in str(config["deployment_config"]["request_router_config"])
    assert not listens(port)


def test_an_app_that_cannot_be_deployed_is_reported_at_once(ray, port):
    (ray / "ray/serve/llm.py").write_text(
        "def build_openai_app(arguments):\n    raise ValueError('no GPU')\n"
    )
    process = start("small", "--port", str(port), "--ray")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (4, "")
    assert "ValueError: no GPU" in err


@pytest.fixture
def installed(monkeypatch):
    """Have the modules be there, without anything in them."""
    for name in ("ray.serve.llm", "vllm"):
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.usefixtures("installed")
def test_a_models_folder_is_named_in_full_and_processors_instead_of_gpus(port, tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    planned = plan_app("model", gpus=0, port=port)
    [config] = json.loads(planned.command[-1])["llm_configs"]
    assert config["model_loading_config"] == {"model_id": "model", "model_source": str(tmp_path / "model")}
    assert config["accelerator_config"] == {"kind": "cpu"}


@pytest.mark.usefixtures("installed")
def test_what_the_app_cannot_do_is_said_before_anything_is_started(port):
    with pytest.raises(ConfigError, match="'4096' is no option of vLLM's"):
        plan_app("small", port=port, options=["4096"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        with pytest.raises(ConfigError, match=f"port {port} of this machine is taken"):
            plan_app("small", port=port)
    refused = CliRunner().invoke(serve_command, ["small", "--ray", "--lora", "tuned=/weights"]).exception
    assert isinstance(refused, ConfigError)
    assert "--ray takes no --lora" in str(refused)


def test_without_the_app_the_error_says_how_to_get_it(ray, port):
    (ray / "vllm.py").unlink()
    (ray / "ray/serve/llm.py").unlink()
    process = start("small", "--port", str(port), "--ray")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert "Ray Serve's LLM app is not installed: there is no module ray.serve.llm" in err
    assert "pip install 'ray[llm]' evoengine" in err
