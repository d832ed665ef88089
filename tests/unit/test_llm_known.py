"""Answers that are known already: the cache, and the recording of a run."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from evoengine.effects import Generate, Generated, Message
from evoengine.encoding import decode_messages, encode_reply
from evoengine.errors import ConfigError, ModelError
from evoengine.llm import ModelSpec, RecordedLLM, ReplyCache
from evoengine.llm.calls import Call, Completion
from evoengine.replay import canonical
from evoengine.stores import MemoryStore
from evoengine.testing.toy import answer, toy_engine


def call(prompt="p", *, n=1, temperature=0.5, proposal=0, step=0):
    return Call((Message("user", prompt),), n, temperature, proposal, step)


def test_the_cache_knows_a_sample_by_everything_that_makes_it(tmp_path):
    cache, spec = ReplyCache(tmp_path / "deep" / "cache.db"), ModelSpec("m")
    cache.put(spec, call(n=2), Completion(("one", "two"), None))
    assert cache.get(spec, call(n=2)).texts == ("one", "two")
    assert cache.get(spec, call(n=1)).texts == ("one",)
    assert cache.get(spec, call(n=3)).texts == ("one", "two")
    others = [call("q"), call(temperature=0.6), call(proposal=1), call(step=1)]
    assert [cache.get(spec, other).texts for other in others] == [()] * 4
    for other in (ModelSpec("n"), ModelSpec("m", max_tokens=5), ModelSpec("m", extra_body={"top_p": 0.5})):
        assert cache.get(other, call()).texts == ()
    cache.put(spec, call(n=2), Completion(("three", "four", "five"), None))
    assert cache.get(spec, call(n=2)).texts == ("one", "two")
    cache.put(spec, call(temperature=0.0), Completion(("cold",), None))
    assert cache.get(spec, call(temperature=0.0, proposal=9, step=9)).texts == ("cold",)
    assert len(cache) == 3
    cache.close()


def test_the_cache_keeps_the_likelihoods_of_choices_and_knows_the_choices(tmp_path):
    cache, spec = ReplyCache(tmp_path / "cache.db"), ModelSpec("m")
    asked, told = (
        replace(call(n=2), choices=("yes", "no")),
        ({"yes": 0.75, "no": 0.25}, {"yes": 0.5, "no": 0.5}),
    )
    cache.put(spec, asked, Completion(("yes", "no"), None, likelihoods=told))
    assert cache.get(spec, asked) == Completion(("yes", "no"), None, likelihoods=told)
    assert cache.get(spec, replace(asked, choices=("yes", "no", "maybe"))).texts == ()
    assert cache.get(spec, call(n=2)).texts == ()
    plain = replace(asked, proposal=1)
    cache.put(spec, plain, Completion(("yes", "no"), None))
    assert cache.get(spec, plain) == Completion(("yes", "no"), None)
    cache.close()


def test_any_number_of_processes_share_a_cache(tmp_path):
    code = """
import sys
from pathlib import Path
from evoengine.llm import ModelSpec, ReplyCache
from evoengine.llm import local
from evoengine.llm.calls import Call, Completion
cache = ReplyCache(Path(sys.argv[1]))
for n in range(60):
    call = Call((), 1, 0.5, n, 0)
    if not cache.get(ModelSpec("m"), call).texts:
        cache.put(ModelSpec("m"), call, Completion((f"{n} by {sys.argv[2]}",), None))
"""
    path = tmp_path / "cache.db"
    processes = [subprocess.Popen([sys.executable, "-c", code, path, str(n)]) for n in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert len(ReplyCache(path)) == 60


def test_a_cache_that_cannot_be_is_refused(tmp_path):
    (tmp_path / "file").write_text("no database, and longer than the header of one would be " * 3)
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigError, match="cannot be used"):
            ReplyCache(path)


def recorded_run():
    store = MemoryStore()
    asyncio.run(toy_engine(store, order="proposal", candidates=40, slots=2, seconds=0.0).run())
    return store


def test_a_recorded_run_answers_again_and_the_logs_are_equal():
    store, again = recorded_run(), MemoryStore()
    engine = toy_engine(again, order="proposal", candidates=40, slots=2, seconds=0.0)
    recorded = RecordedLLM(store)
    engine._conversations._llm = recorded
    asyncio.run(engine.run())
    assert canonical(again.events()) == canonical(store.events())
    assert len(recorded) == sum("texts" in event.body for event in store.events(("replied",)))
    assert engine.state.spent.calls > 0


def test_a_log_shows_what_was_sent():
    store = recorded_run()
    bodies = [(event.proposal, event.body) for event in store.events(("replied",)) if "texts" in event.body]
    for proposal, body in bodies:
        (message,) = decode_messages(body, store.text)
        assert message.role == "user"
        request = Generate((message,))
        assert [store.text(digest) for digest in body["texts"]] == list(
            answer(request, proposal, body["step"])
        )
    assert decode_messages({}, store.text) == ()


def test_a_choice_is_replayed_with_its_likelihoods():
    store, texts = MemoryStore(), {}
    request = Generate((Message("user", "good?"),), role="judge", choices=("yes", "no"))
    reply = Generated(("yes",), "m", likelihoods=({"yes": 0.75, "no": 0.25},))
    store.append("replied", 0, 0.0, encode_reply(0, reply, texts, request), texts)
    recorded = RecordedLLM(store)
    assert asyncio.run(recorded.generate(request, proposal=0, step=0)) == reply
    with pytest.raises(ModelError, match="asks something else"):
        asyncio.run(recorded.generate(replace(request, choices=("yes",)), proposal=0, step=0))


def test_a_replay_that_asks_something_else_is_refused():
    recorded = RecordedLLM(recorded_run())
    (proposal, step), body = next(iter(recorded._bodies.items()))
    with pytest.raises(ModelError, match=f"proposal {proposal}, step {step} asks something else"):
        asyncio.run(recorded.generate(Generate((Message("user", "hello"),)), proposal=proposal, step=step))
    with pytest.raises(ModelError, match="holds no reply for proposal 9999, step 0"):
        asyncio.run(recorded.generate(Generate((Message("user", "hello"),)), proposal=9999, step=0))
    del body["request"]
    assert (
        asyncio.run(
            recorded.generate(Generate((Message("user", "hello"),)), proposal=proposal, step=step)
        ).model
        == "scripted"
    )


def test_bodies_of_requests_are_plain_json():
    store = recorded_run()
    body = next(event.body for event in store.events(("replied",)) if "texts" in event.body)
    assert json.loads(json.dumps(body)) == body
    assert len(body["request"]) == 32
