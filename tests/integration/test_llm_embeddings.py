"""Vectors over HTTP: metered, recorded, replayed, and a search that rejects what they show to be alike."""

import json

import pytest
from command import call
from served_models import answer
from served_pool import pooled, spec
from small import write_problem
from test_cli import place

from evoengine.budget import Budget
from evoengine.effects import Embed
from evoengine.errors import BudgetReachedError, ModelError
from evoengine.llm import Price
from evoengine.replay import canonical
from evoengine.report import Run
from evoengine.testing.model_server import Fault, ModelServer, embedding, first
from evoengine.types import Usage

__all__ = ["place"]

TEXTS = Embed(("one two", "two one", "three"))


def embed(pool, proposal=0):
    return pool.embed(TEXTS, proposal=proposal, step=0)


def test_a_vector_a_text_with_its_usage():
    with ModelServer(names=["vectors"]) as server:
        model = spec(server, name="vectors", roles=("embed",), price=Price(1.0, 0.0))

        async def work(pool):
            return await embed(pool), pool.meter.accounts

        reply, accounts = pooled([model], work)
    assert reply.vectors == tuple(tuple(embedding(text)) for text in TEXTS.texts)
    assert (reply.model, reply.usage) == ("vectors", Usage(0, 1, 30, 0, pytest.approx(30e-6)))
    assert list(accounts) == [("vectors", "embed")]
    assert server.requests[0].body == {"model": "vectors", "input": list(TEXTS.texts)}


def test_no_model_of_the_role_costs_nothing():
    with ModelServer() as server:
        reply = pooled([spec(server)], embed)
    assert (reply.vectors, reply.usage, server.requests) == ((), Usage(), [])


@pytest.mark.parametrize("kind", ["malformed", "html", "empty", "reset", "half", "status"])
def test_faults_are_tried_again(kind):
    with ModelServer(fault=first(Fault(kind), Fault(kind))) as server:
        reply = pooled([spec(server, roles=("embed",))], embed)
    assert (len(reply.vectors), len(server.requests)) == (3, 3)


class Short(ModelServer):
    """Gives one vector less than it was asked for."""

    def _embeddings(self, request):
        whole = super()._embeddings(request)
        return {**whole, "data": whole["data"][1:]}


def test_another_number_of_vectors_is_no_answer():
    with Short() as server, pytest.raises(ModelError, match="another number of embeddings"):
        pooled([spec(server, roles=("embed",))], embed)


def test_texts_that_are_too_long_have_no_vectors():
    fault = Fault("status", 400, "context_length_exceeded")
    with ModelServer(fault=lambda _: fault) as server:
        assert pooled([spec(server, roles=("embed",))], embed).vectors == ()


def test_a_wrong_name_is_reported():
    with ModelServer() as server, pytest.raises(ModelError, match="no such model"):
        pooled([spec(server, name="other", roles=("embed",))], embed)


def test_vectors_count_in_the_budget():
    async def work(pool):
        replies = [await embed(pool, n) for n in range(2)]
        with pytest.raises(BudgetReachedError):
            await embed(pool, 2)
        return replies

    with ModelServer() as server:
        assert len(pooled([spec(server, roles=("embed",))], work, budget=Budget(tokens=50))) == 2


def models(place, server):
    (place / "evoengine.toml").write_text(
        f'[[models]]\nname = "small"\nbase_url = "{server.url}"\nprice = {{ input = 1, output = 1 }}\n'
        f'[[models]]\nname = "vectors"\nbase_url = "{server.url}"\nroles = ["embed"]\nprice = {{ input = 1, output = 0 }}\n'
    )


def test_a_search_compares_vectors_and_they_are_recorded_counted_and_replayed(place):
    problem = str(write_problem(place / "p"))
    search = ["--recipe", "hill_climb", "--slots", "1", "--order", "proposal"]
    with ModelServer(answer, names=["small", "vectors"]) as server:
        models(place, server)
        settings = ["--set", "params.novelty=similarity", "--set", 'params.operators=["rewrite"]']
        code, _, err = call("run", problem, *search, *settings, "--candidates", "3", "--out", "runs/first")
        assert code == 0, err
        asked = len(server.requests)
        assert any(request.embeds for request in server.requests)
        (tried,) = [
            row for row in json.loads(call("models", "--test", "--json")[1]) if row["name"] == "vectors"
        ]
        assert (tried["error"], tried["tokens_in"], server.requests[-1].embeds) == ("", 10, True)
    stats = json.loads(call("stats", "first", "--json")[1])
    assert {row["model"]: row["calls"] for row in stats["models"]}.keys() == {"small", "vectors"}
    assert sum(row["calls"] for row in stats["models"]) == asked
    assert json.loads(call("status", "first", "--json")[1])["usage"]["calls"] == asked
    code, _, err = call("run", "--replay", "first", "--out", "runs/again")
    assert code == 0, err
    logs = [canonical(Run(place / "runs" / name).store.events())[1:] for name in ("first", "again")]
    assert logs[0] == logs[1]
