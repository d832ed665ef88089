"""The pool against a real server on loopback that misbehaves as told."""

import asyncio
import logging
import random
import time
import traceback

import pytest

from evoengine.budget import Budget
from evoengine.errors import BudgetReachedError, ModelError
from evoengine.llm import Breaker, ModelPool, ModelSpec, Price, ReplyCache, RetryPolicy, parse_model
from evoengine.stores import MemoryStore, SQLiteStore
from evoengine.testing.model_server import Fault, ModelServer, first
from evoengine.testing.served import CONCURRENCY, kill_and_resume, served_engine
from evoengine.types import Generate, Message, Usage

KEY = "sk-very-secret-0123456789"
QUICK = RetryPolicy(base=0.01, cap=0.05, patience=2.0, first_patience=0.5)
NOTHING_LISTENS = "http://127.0.0.1:9/v1"


def ask(number=0.5, **fields):
    return Generate((Message("system", "Give a number near mine."), Message("user", str(number))), **fields)


def pooled(specs, work, *, budget=None, spent=None, policy=QUICK, **options):
    """Do work with a started pool; give what it gives."""

    async def run():
        async with ModelPool(specs, policy=policy, **options) as pool:
            pool.begin(1, lambda: budget or Budget(), spent or Usage())
            return await work(pool)

    return asyncio.run(run())


def once(specs, request=None, **options):
    return pooled(specs, lambda pool: pool.generate(request or ask(), proposal=0, step=0), **options)


def many(specs, number, **options):
    async def work(pool):
        calls = (pool.generate(ask(n / 10), proposal=n, step=0) for n in range(number))
        return await asyncio.gather(*calls, return_exceptions=True)

    return pooled(specs, work, **options)


def spec(server, **fields):
    return ModelSpec(fields.pop("name", "small"), server.url, **fields)


def test_one_call_with_its_usage():
    usage = {"prompt": 100, "sample": 20, "cached": 60, "hidden": 5}
    price = Price(1.0, 10.0, cached_input=0.1)
    with ModelServer(usage=usage) as server:
        model = spec(server, price=price, temperatures=(0.25,), extra_body={"top_p": 0.9}, max_tokens=77)

        async def work(pool):
            return await pool.generate(ask(), proposal=0, step=0), pool.meter.accounts

        reply, accounts = pooled([model], work)
    dollars = (40 * 1.0 + 60 * 0.1 + 25 * 10.0) / 1e6
    assert reply.usage == Usage(0, 1, 100, 25, pytest.approx(dollars))
    assert (reply.model, len(reply.texts)) == ("small", 1)
    assert abs(float(reply.texts[0]) - 0.5) <= 0.5
    body = server.requests[0].body
    assert body["messages"][0] == {"role": "system", "content": "Give a number near mine."}
    assert (body["temperature"], body["top_p"], body["max_tokens"], body["n"]) == (0.25, 0.9, 77, 1)
    assert list(accounts) == [("small", "mutate")]
    assert accounts["small", "mutate"].cached_tokens == 60


def test_a_reasoning_model_is_sent_no_temperature():
    with ModelServer() as server:
        once([spec(server, reasoning=True, max_tokens=50, temperatures=(0.3,))], ask(temperature=0.9))
    body = server.requests[0].body
    assert "temperature" not in body
    assert body["max_completion_tokens"] == 50


@pytest.mark.parametrize(("samples", "calls"), [("many", 1), ("one", 4), ("refused", 5)])
def test_n_samples_from_servers_that_give_several_one_or_refuse(samples, calls):
    with ModelServer(samples=samples) as server:

        async def work(pool):
            replies = [await pool.generate(ask(n=4), proposal=p, step=0) for p in range(2)]
            return replies, pool.meter.spent

        (reply, again), spent = pooled([spec(server)], work)
        assert [len(reply.texts), len(again.texts)] == [4, 4]
        assert len(set(reply.texts)) == 4
        assert reply.usage.tokens_out == again.usage.tokens_out == 40
        assert reply.usage + again.usage == spent
        assert len(server.requests) == calls + (1 if samples == "many" else 4)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", 429),
        Fault("status", 429, headers={"Retry-After": "0.2"}),
        Fault("status", 500),
        Fault("status", 503, headers={"retry-after-ms": "50"}),
        Fault("reset"),
        Fault("half"),
        Fault("malformed"),
        Fault("html"),
        Fault("empty"),
        Fault("hang"),
        Fault("drip", seconds=0.2),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}" if fault.kind == "status" else fault.kind,
)
def test_what_may_pass_is_tried_again(fault):
    with ModelServer(fault=first(fault, fault)) as server:
        begun = time.monotonic()
        reply = once([spec(server, timeout=0.5)], policy=RetryPolicy(0.01, 0.05, 5.0, 5.0))
        seconds = time.monotonic() - begun
    assert len(reply.texts) == 1
    assert len(server.requests) == 3
    lost = 2 if fault.kind not in {"status"} else 0
    assert reply.usage.calls == 1 + lost, "a lost answer counts as paid"
    if "Retry-After" in fault.headers:
        assert seconds >= 0.4


def test_an_exhausted_patience_names_the_model_the_endpoint_the_cause_and_the_cure():
    with ModelServer(fault=lambda _: Fault("status", 502, message="bad gateway")) as server:
        with pytest.raises(
            ModelError, match="model small at http://127.*502: bad gateway.*again and again"
        ) as caught:
            once([spec(server)])
        assert "resume" in caught.value.cure
        assert len(server.requests) > 3


def test_an_endpoint_that_is_down_is_reported_soon():
    begun = time.monotonic()
    with pytest.raises(ModelError, match="the connection failed"):
        once([ModelSpec("small", NOTHING_LISTENS)])
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("model", "fault", "message", "cure"),
    [
        ("small", None, r"the key of A_KEY is refused \(401", "set A_KEY"),
        ("large", None, "no such model.*large does not exist", "/v1"),
        ("small", Fault("status", 403, message="not for you"), "refused .403: not for you", "A_KEY"),
        ("small", Fault("status", 400, "model_not_found", "no model"), "no such model", "name"),
        ("small", Fault("status", 429, "insufficient_quota", "pay"), "account is spent", "pay"),
        ("small", Fault("status", 400, message="unknown parameter"), "refused .400: unknown", "extra_body"),
        ("small", Fault("status", 400, "context_length_exceeded", "too long"), "first request", "max_tokens"),
    ],
)
def test_what_cannot_pass_is_reported_at_once_and_never_tried_again(model, fault, message, cure):
    key = "sk-wrong-9876" if "A_KEY is" in message else KEY
    with ModelServer(key=KEY, fault=lambda _: fault) as server:
        begun = time.monotonic()
        with pytest.raises(ModelError, match=message) as caught:
            once([spec(server, name=model, api_key_env="A_KEY")], environment={"A_KEY": key})
    assert time.monotonic() - begun < 5
    assert len(server.requests) == 1
    assert cure in caught.value.cure


def test_a_refused_prompt_gives_no_texts_once_the_model_has_answered():
    too_long = Fault("status", 400, message="This model's maximum context length is 10 tokens")
    with ModelServer(fault=first(None, too_long)) as server:

        async def work(pool):
            return [await pool.generate(ask(), proposal=n, step=0) for n in range(3)]

        replies = pooled([spec(server)], work)
    assert [len(reply.texts) for reply in replies] == [1, 0, 1]
    assert replies[1].usage == Usage()


def test_the_key_shows_nowhere(caplog, capfd):
    caplog.set_level(logging.DEBUG)
    shown = []
    with ModelServer(key="another", names=("small",)) as server:
        model = spec(server, api_key_env="A_KEY")
        pool = ModelPool([model], environment={"A_KEY": KEY})

        async def work():
            async with pool:
                shown.append(repr(pool.status()) + repr(pool._members))
                await pool.generate(ask(), proposal=0, step=0)

        with pytest.raises(ModelError) as caught:
            asyncio.run(work())
    assert f"Bearer {KEY}" in server.requests[0].headers.values(), "the server echoes it in its message"
    shown += traceback.format_exception(caught.value)
    shown += [
        str(caught.value),
        repr(caught.value),
        caught.value.cure,
        repr(model),
        repr(model.to_body()),
        caplog.text,
    ]
    shown += capfd.readouterr()
    assert not any(KEY in text for text in shown)
    assert "[key]" in str(caught.value)


def test_a_key_that_is_not_set_is_said_before_anything_is_asked():
    with (
        ModelServer() as server,
        pytest.raises(ModelError, match="A_KEY, which is to hold its key, is not set"),
    ):
        once([spec(server, api_key_env="A_KEY")], environment={})
    assert server.requests == []


def test_the_only_model_of_an_endpoint_need_not_be_named():
    with ModelServer(names=("lonely",)) as server:
        assert once([parse_model(f"vllm:{server.url.removesuffix('/v1')}")]).model == "lonely"
    with ModelServer(names=("a", "b")) as server, pytest.raises(ModelError, match="2 models: a, b"):
        once([parse_model(server.url)])
    with pytest.raises(ModelError, match="the connection failed"):
        once([parse_model(NOTHING_LISTENS)])


def test_concurrency_is_kept_and_adapts_to_a_busy_server():
    def busy(request):
        return (
            Fault("status", 429, headers={"retry-after-ms": "30"}) if request.number in range(8, 16) else None
        )

    with ModelServer(delay=0.02, fault=busy) as server:

        async def work(pool):
            limits = []

            async def one(n):
                reply = await pool.generate(ask(n), proposal=n, step=0)
                limits.append(pool.status()[0].limit)
                return reply

            replies = await asyncio.gather(*(one(n) for n in range(80)))
            return replies, limits, pool.status()[0]

        replies, limits, status = pooled([spec(server, concurrency=8)], work)
    assert all(reply.usage.calls == 1 for reply in replies)
    assert len(server.requests) == 88
    assert server.peak == 8
    assert min(limits) == 4, "one burst halves it once"
    assert status.limit == 8, "it has grown back"
    assert "429" in status.trouble


def test_waits_however_long_a_server_is_merely_busy():
    begun = time.monotonic()

    def busy(request):
        return Fault("status", 429) if time.monotonic() - begun < 3 * QUICK.first_patience else None

    with ModelServer(fault=busy) as server:
        assert once([spec(server)]).usage.calls == 1
        assert len(server.requests) > 10


def test_another_model_of_the_role_stands_in_and_the_first_one_comes_back():
    down = True
    with (
        ModelServer(fault=lambda _: Fault("reset") if down else None, names=("a",)) as bad,
        ModelServer(names=("b",)) as good,
    ):
        specs = [spec(bad, name="a", weight=1e6), spec(good, name="b", weight=1e-6)]

        async def work(pool):
            nonlocal down
            before = [await pool.generate(ask(), proposal=n, step=0) for n in range(6)]
            asked = len(bad.requests)
            assert pool.status()[0].rest > 0
            down = False
            await asyncio.sleep(0.35)
            after = [await pool.generate(ask(), proposal=n, step=0) for n in range(4)]
            return before, asked, after

        before, asked, after = pooled(specs, work, breaker=lambda: Breaker(threshold=3, rest=0.3))
    assert [reply.model for reply in before] == ["b"] * 6
    assert asked == 3, "while it rests it is not asked"
    assert [reply.model for reply in after] == ["a"] * 4


def test_a_model_out_of_patience_is_left_to_another_one_before_the_breaker_opens():
    with ModelServer(fault=lambda _: Fault("hang"), names=("a",)) as bad, ModelServer(names=("b",)) as good:
        specs = [spec(bad, name="a", weight=1e6, timeout=0.2), spec(good, name="b", weight=1e-6)]
        policy = RetryPolicy(0.01, 0.05, 0.1, 0.1)
        assert once(specs, policy=policy, breaker=lambda: Breaker(threshold=99)).model == "b"


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
