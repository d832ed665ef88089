"""The pool against a real server on loopback that misbehaves as told."""

import asyncio
import logging
import time
import traceback

import pytest
from served_pool import QUICK, ask, once, pooled, spec

from evoengine.errors import ModelError
from evoengine.llm import Breaker, ModelPool, ModelSpec, Price, RetryPolicy, parse_model
from evoengine.testing.model_server import Fault, ModelServer, first
from evoengine.types import Usage

KEY = "sk-very-secret-0123456789"
NOTHING_LISTENS = "http://127.0.0.1:9/v1"


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
        Fault("status", 200),
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
    lost = 2 if fault.kind != "status" else 0
    assert reply.usage.calls == 1 + lost, "a lost answer counts as paid"
    if "Retry-After" in fault.headers:
        assert seconds >= 0.4


def test_an_exhausted_patience_names_the_model_the_endpoint_the_cause_and_the_cure():
    with ModelServer(fault=lambda _: Fault("status", 502, message="bad gateway")) as server:
        with pytest.raises(
            ModelError, match=r"model small at http://127.*502: bad gateway.*again and again"
        ) as caught:
            once([spec(server)])
        assert "resume" in caught.value.cure
        assert len(server.requests) > 3


def test_an_endpoint_that_is_down_is_reported_soon():
    begun = time.monotonic()
    with pytest.raises(ModelError, match="the connection failed"):
        once([ModelSpec("small", NOTHING_LISTENS)])
    assert time.monotonic() - begun < 60


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
    with (
        ModelServer(key=KEY, fault=lambda _: fault) as server,
        pytest.raises(ModelError, match=message) as caught,
    ):
        once([spec(server, name=model, api_key_env="A_KEY")], environment={"A_KEY": key})
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
    with ModelServer() as server, pytest.raises(ModelError, match="404: Not Found") as caught:
        once([parse_model(f"{server.url}/v1")])
    assert "base_url" in caught.value.cure


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
    assert min(limits) in {2, 4}, "a burst halves it once, twice where a busy machine tears it in two"
    assert status.limit > min(limits), "it grows back"
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


def test_another_model_of_the_role_stands_in_for_one_that_is_asked_for_by_name():
    with (
        ModelServer(fault=lambda _: Fault("reset"), names=("a",)) as bad,
        ModelServer(names=("b",)) as good,
        ModelServer(names=("c",)) as judge,
    ):
        specs = [spec(judge, name="c", roles=("judge",)), spec(good, name="b"), spec(bad, name="a")]

        async def work(pool):
            return [await pool.generate(ask(model="a"), proposal=n, step=0) for n in range(6)]

        replies = pooled(specs, work, breaker=lambda: Breaker(threshold=3, rest=600.0))
    assert [reply.model for reply in replies] == ["b"] * 6
    assert (len(bad.requests), len(judge.requests)) == (3, 0)


def test_a_model_out_of_patience_is_left_to_another_one_before_the_breaker_opens():
    with ModelServer(fault=lambda _: Fault("hang"), names=("a",)) as bad, ModelServer(names=("b",)) as good:
        specs = [spec(bad, name="a", weight=1e6, timeout=0.2), spec(good, name="b", weight=1e-6)]
        policy = RetryPolicy(0.01, 0.05, 0.1, 0.1)
        assert once(specs, policy=policy, breaker=lambda: Breaker(threshold=99)).model == "b"
