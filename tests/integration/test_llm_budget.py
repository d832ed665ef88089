"""What is paid: budgets with calls in flight, the cache, searches that end, stop and are killed."""

import asyncio
import random

import pytest
from served_pool import QUICK, ask, many, once, pooled, spec

from evoengine.budget import Budget
from evoengine.errors import BudgetReachedError, ModelError
from evoengine.llm import ModelPool, Price, ReplyCache
from evoengine.stores import MemoryStore, SQLiteStore
from evoengine.testing.model_server import Fault, ModelServer
from evoengine.testing.served import CONCURRENCY, kill_and_resume, served_engine
from evoengine.types import Usage


def test_eight_calls_at_once_keep_a_budget_of_dollars():
    price = Price(input=10.0, output=100.0)
    call = (10 * 10.0 + 10 * 100.0) / 1e6
    with ModelServer(delay=0.02) as server:
        model = spec(server, price=price, max_tokens=40, concurrency=8)
        answers = many([model], 120, budget=Budget(dollars=0.05))
        refused = [answer for answer in answers if isinstance(answer, BudgetReachedError)]
        replies = [answer for answer in answers if not isinstance(answer, Exception)]
        served = server.replies * call
    assert {error.limit for error in refused} == {"dollars"}
    assert len(refused) + len(replies) == 120
    assert sum(reply.usage.dollars for reply in replies) == pytest.approx(served)
    assert 0.05 - call < served <= 0.05 + call
    assert server.peak == 8, "while there is room, calls overlap"


@pytest.mark.parametrize(
    ("budget", "spent", "left"),
    [(Budget(calls=30), Usage(calls=10), 20), (Budget(tokens=600), Usage(tokens_out=100), 25)],
)
def test_budgets_of_calls_and_tokens_count_what_earlier_sessions_spent(budget, spent, left):
    with ModelServer(delay=0.01) as server:
        answers = many([spec(server, max_tokens=10)], 60, budget=budget, spent=spent)
    assert server.replies == left
    assert sum(isinstance(answer, BudgetReachedError) for answer in answers) == 60 - left


def test_part_of_the_samples_is_kept_when_the_budget_ends_between_them():
    with ModelServer(samples="one") as server:
        reply = once([spec(server)], ask(n=5), budget=Budget(calls=3))
    assert len(reply.texts) == len(server.requests) == reply.usage.calls == 3


def test_a_cached_answer_costs_nothing_and_is_the_same(tmp_path):
    def run(cache):
        async def work(pool):
            return [await pool.generate(ask(n=2), proposal=n, step=0) for n in range(3)]

        return pooled([spec(server, price=Price(1, 1))], work, cache=ReplyCache(cache))

    with ModelServer() as server:
        first_run, second_run = run(tmp_path / "cache.db"), run(tmp_path / "cache.db")
        assert len(server.requests) == 3
    assert [reply.texts for reply in first_run] == [reply.texts for reply in second_run]
    assert {reply.usage for reply in second_run} == {Usage()}
    assert len({reply.texts for reply in first_run}) == 3, "proposals with one prompt do not share samples"


def test_a_search_ends_cleanly_on_its_dollars_and_goes_on_with_more(tmp_path):
    """The log, the server and the meter agree on what was paid, across sessions."""
    call = (10 * 10.0 + 10 * 100.0) / 1e6

    async def search(budget):
        store = SQLiteStore(tmp_path / "run.db")
        async with ModelPool([spec(server, price=Price(10.0, 100.0), max_tokens=10)]) as pool:
            engine = served_engine(store, pool, candidates=1000)
            engine.steer({"budget": budget})
            reason = await engine.run()
            paid = engine.state.spent.dollars
            paid += sum(r.usage.dollars for p in engine.state.pending.values() for r in p.replies.values())
        replied = len(list(store.events(("replied",))))
        store.close()
        return reason, paid, replied

    with ModelServer() as server:
        for dollars in (0.05, 0.08):
            reason, paid, replied = asyncio.run(search({"dollars": dollars}))
            assert reason == "dollars"
            assert replied == server.replies
            assert paid <= server.replies * call + 1e-9
            assert dollars - call < server.replies * call <= dollars + call


def test_a_search_stops_with_the_models_error_and_resumes_without_asking_twice():
    store = MemoryStore()
    broken = Fault("status", 401, "invalid_api_key", "revoked")
    healthy = False

    async def search():
        async with ModelPool([spec(server)], policy=QUICK) as pool:
            return await served_engine(store, pool, candidates=60).run()

    with ModelServer(
        fault=lambda request: broken if request.number >= 30 and not healthy else None
    ) as server:
        with pytest.raises(ModelError, match="revoked"):
            asyncio.run(search())
        healthy = True
        assert asyncio.run(search()) == "candidates"
    replies = [(event.proposal, event.body["step"]) for event in store.events(("replied",))]
    assert len(replies) == len(set(replies)) == server.replies == 60


@pytest.mark.slow
def test_kill_9_loses_at_most_the_calls_in_flight(tmp_path):
    result = kill_and_resume(tmp_path, 5, 300, random.Random(3))
    assert result.worst <= CONCURRENCY
    assert result.replies == 300
    assert result.requests - result.replies <= CONCURRENCY * result.kills
