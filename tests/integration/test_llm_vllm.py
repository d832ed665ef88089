"""The pool against servers that speak vLLM's dialect, and against some that do not."""

import asyncio
from math import fsum

import pytest
from served_pool import ask, once, pooled, spec

from evoengine.errors import ModelError
from evoengine.llm import ModelSpec, ReplyCache
from evoengine.testing.model_server import Fault, ModelServer
from evoengine.testing.vllm_server import VLLMServer

BELIEFS = {"excellent": 0.5, "excited": 0.2, "bad": 0.3}
JUDGE = {"role": "judge", "choices": tuple(BELIEFS)}


def test_choices_are_asked_for_as_structured_output_and_come_with_their_likelihoods():
    with VLLMServer(beliefs=BELIEFS) as server:
        reply = once([spec(server)], ask(n=2, **JUDGE))
    assert reply.texts == ("excellent", "excellent")
    assert [dict(told) for told in reply.likelihoods] == [pytest.approx(BELIEFS)] * 2
    body = server.requests[0].body
    assert body["structured_outputs"] == {"choice": list(BELIEFS)}
    assert (body["logprobs"], body["top_logprobs"], body["n"]) == (True, 20, 2)
    assert server.asked_version == 1


def test_an_old_server_is_asked_in_its_own_words():
    with VLLMServer(beliefs=BELIEFS, version="0.8.5.post1") as server:
        assert once([spec(server)], ask(**JUDGE)).texts == ("excellent",)
    assert server.requests[0].body["guided_choice"] == list(BELIEFS)
    assert "structured_outputs" not in server.requests[0].body


def test_a_build_without_a_number_is_taken_for_a_new_one():
    with VLLMServer(beliefs=BELIEFS) as server:
        server.version = "dev"
        once([spec(server)], ask(**JUDGE))
    assert "structured_outputs" in server.requests[0].body


def test_what_an_endpoint_refuses_is_left_out_from_then_on():
    with VLLMServer(beliefs=BELIEFS, refuses=("logprobs",)) as server:

        async def work(pool):
            return [await pool.generate(ask(**JUDGE), proposal=n, step=0) for n in range(2)]

        replies = pooled([spec(server)], work)
    assert [(reply.texts, reply.likelihoods) for reply in replies] == [(("excellent",), ())] * 2
    assert ["logprobs" in request.body for request in server.requests] == [True, False, False]
    assert all("structured_outputs" in request.body for request in server.requests)
    assert [reply.usage.calls for reply in replies] == [1, 1], "a refusal is not paid"


def test_a_server_that_is_not_vllm_is_asked_plainly_with_the_likelihoods_where_it_has_them():
    with ModelServer(lambda *_: "yes") as server:
        reply = once([spec(server)], ask(role="judge", choices=("yes", "no")))
    assert (reply.texts, reply.likelihoods) == (("yes",), ())
    assert {"structured_outputs", "guided_choice", "priority"}.isdisjoint(server.requests[0].body)


class Silent(VLLMServer):
    """It never says what it is."""

    async def _exchange(self, writer, path, headers, body):
        if path == "/version":
            await self._ending.wait()
        await super()._exchange(writer, path, headers, body)


def test_a_server_that_does_not_say_what_it_is_is_asked_once_and_then_plainly():
    with Silent(beliefs=BELIEFS) as server:

        async def work(pool):
            return [await pool.generate(ask(**JUDGE), proposal=n, step=0) for n in range(2)]

        replies = pooled([spec(server, timeout=0.3)], work)
    assert [dict(reply.likelihoods[0]) for reply in replies] == [pytest.approx(BELIEFS)] * 2
    assert "structured_outputs" not in server.requests[1].body


class Behind(VLLMServer):
    """A gateway such as Ray Serve hides what it is, but for what its answers say."""

    async def _exchange(self, writer, path, headers, body):
        await super()._exchange(writer, path.replace("/version", "/hidden"), headers, body)

    def _completion(self, request):
        return {**super()._completion(request), "system_fingerprint": "vllm-0.32.0-dcb16fdc"}


def test_a_vllm_behind_a_gateway_is_recognised_by_its_first_answer():
    with Behind(beliefs=BELIEFS) as server:

        async def work(pool):
            for role in ("judge", "mutate"):
                await pool.generate(ask(choices=tuple(BELIEFS), role=role), proposal=0, step=0)

        pooled([spec(server)], work)
    first, second = (request.body for request in server.requests)
    assert "structured_outputs" not in first
    assert (second["structured_outputs"], second["priority"]) == ({"choice": list(BELIEFS)}, 1)


def test_a_model_that_reasons_is_not_asked_for_likelihoods():
    with VLLMServer(beliefs=BELIEFS) as server:
        reply = once([spec(server, reasoning=True)], ask(**JUDGE))
    assert (reply.texts, reply.likelihoods) == (("excellent",), ())
    assert "logprobs" not in server.requests[0].body


def test_a_request_that_is_bad_in_itself_is_reported_and_blames_no_extra():
    bad = Fault("status", 400, message="the template is broken")
    with (
        VLLMServer(beliefs=BELIEFS, fault=lambda _: bad) as server,
        pytest.raises(ModelError, match="the template is broken"),
    ):
        once([spec(server)], ask(**JUDGE))
    assert len(server.requests) == 2


def test_a_model_with_a_short_context_is_asked_for_shorter_answers_from_then_on():
    async def work(pool):
        return [await pool.generate(ask(), proposal=n, step=0) for n in range(2)]

    with VLLMServer(context=2048) as server:
        replies = pooled([spec(server, max_tokens=8192)], work)
    assert [request.body["max_tokens"] for request in server.requests] == [8192, 4096, 2048, 2048]
    assert [reply.usage.calls for reply in replies] == [1, 1], "a refusal is not paid"


def test_a_context_that_is_too_short_for_any_answer_is_reported():
    with VLLMServer(context=100) as server, pytest.raises(ModelError, match="max_model_len=100"):
        once([spec(server, max_tokens=600)], ask())
    assert [request.body["max_tokens"] for request in server.requests] == [
        600,
        300,
        150,
        150,
    ]  # the last without a priority


def test_evaluators_are_served_before_proposals():
    with VLLMServer() as server:

        async def work(pool):
            for step, role in enumerate(("mutate", "reflect", "judge", "task")):
                await pool.generate(ask(role=role), proposal=0, step=step)

        pooled([spec(server)], work)
    assert [request.body.get("priority", 0) for request in server.requests] == [1, 1, 0, 0]


def test_a_server_without_priorities_is_asked_without_them_from_then_on():
    with VLLMServer(prioritised=False) as server:

        async def work(pool):
            return [await pool.generate(ask(n=3), proposal=n, step=0) for n in range(2)]

        replies = pooled([spec(server)], work)
    assert [len(reply.texts) for reply in replies] == [3, 3]
    assert ["priority" in request.body for request in server.requests] == [True, False, False]


def test_a_model_s_own_extra_fields_come_before_ours():
    with VLLMServer() as server:
        once([spec(server, extra_body={"priority": 7})])
    assert server.requests[0].body["priority"] == 7


def test_samples_that_take_several_calls_keep_their_likelihoods():
    with VLLMServer(beliefs=BELIEFS, samples="one") as server:
        reply = once([spec(server)], ask(n=3, **JUDGE))
    assert len(server.requests) == 3
    assert [fsum(told.values()) for told in reply.likelihoods] == [pytest.approx(1.0)] * 3


def families(pool, count, each):
    """Ask for several prompts of each family, which begin alike, one after the other."""

    async def work():
        for number in range(count * each):
            request = ask(f"{number % count}{'0' * 600}1")
            await pool.generate(request, proposal=number, step=0)

    return work()


def test_prompts_that_begin_alike_go_to_one_replica():
    with VLLMServer() as one, VLLMServer() as two:
        pooled([spec(one), spec(two)], lambda pool: families(pool, 8, 4))
    for server in (one, two):
        asked = [request.prompt for request in server.requests]
        assert all(asked.count(prompt) == 4 for prompt in asked)
    assert len(one.requests) + len(two.requests) == 32
    assert min(len(one.requests), len(two.requests)) > 0, "the families are spread"
    hits = one.blocks["hits"] + two.blocks["hits"]
    assert hits / (one.blocks["queries"] + two.blocks["queries"]) > 0.7


@pytest.mark.parametrize(("calls", "shares"), [(2, [0, 2]), (3, [1, 2]), (8, [4, 4])])
def test_a_busy_replica_hands_over_to_the_others(calls, shares):
    async def work(pool):
        asking = (pool.generate(ask("1" * 600), proposal=n, step=0) for n in range(calls))
        return await asyncio.gather(*asking)

    with VLLMServer(delay=0.1) as one, VLLMServer(delay=0.1) as two:
        replies = pooled([spec(one, concurrency=2), spec(two, concurrency=2)], work)
    assert {reply.model for reply in replies} == {"small"}
    assert sorted([len(one.requests), len(two.requests)]) == shares


def test_a_replica_that_is_down_is_stood_in_for_by_the_other_one():
    with VLLMServer() as server:
        specs = [ModelSpec("small", "http://127.0.0.1:9/v1"), spec(server)]
        pooled(specs, lambda pool: families(pool, 6, 1))
    assert len(server.requests) == 6


def test_the_cache_does_not_depend_on_which_replica_answered(tmp_path):
    async def work(pool):
        calls = (pool.generate(ask("1" * 600), proposal=n, step=0) for n in range(4))
        return await asyncio.gather(*calls)

    with VLLMServer(delay=0.05) as one, VLLMServer(delay=0.05) as two:
        specs = [spec(one, concurrency=1), spec(two, concurrency=1)]
        first, again = (pooled(specs, work, cache=ReplyCache(tmp_path / "cache.db")) for _ in range(2))
        assert [len(one.requests), len(two.requests)] == [2, 2]
    assert [reply.texts for reply in first] == [reply.texts for reply in again]


def test_models_of_one_name_with_other_settings_are_no_replicas():
    a, b = ModelSpec("m", "http://a/v1"), ModelSpec("m", "http://b/v1", weight=2.0, concurrency=64)
    assert a.replicates(b)
    assert not a.replicates(ModelSpec("m", "http://b/v1", max_tokens=5))
    assert not a.replicates(ModelSpec("n", "http://a/v1"))
