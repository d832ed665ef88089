"""Searches by the real command with a model behind a real server on loopback."""

import json

import pytest
from command import call
from small import write_problem

from evoengine.effects import Generate, Message
from evoengine.testing.model_server import ModelServer
from evoengine.testing.replies import shifted_numbers

KEY = "sk-hidden-0123456789"


def answer(request, index):
    messages = tuple(Message(**message) for message in request.body["messages"])
    if len(messages) == 1:
        return "ready"
    return shifted_numbers(Generate(messages), request.number, index)[0]


@pytest.fixture
def server():
    with ModelServer(answer) as server:
        yield server


@pytest.fixture
def problem(place, monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return str(write_problem(place / "p"))


def write_models(place, server, **fields):
    """Write evoengine.toml with one model, priced at $1 for each call."""
    fields = {
        "name": "small",
        "base_url": server.url,
        "price": {"input": 50_000, "output": 50_000},
        "max_tokens": 10,
        "concurrency": 1,
    } | fields
    lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items() if key != "price"]
    if fields["price"]:
        price = ", ".join(f"{key} = {value}" for key, value in fields["price"].items())
        lines.append(f"price = {{ {price} }}")
    (place / "evoengine.toml").write_text("\n".join(["[[models]]", *lines, ""]))


def search(problem, *args, recipe="hill_climb"):
    return call("run", problem, "--recipe", recipe, "--slots", "1", "--out", "runs/first", *args)


def usage(run="first"):
    return json.loads(call("status", run, "--json")[1])["usage"]
