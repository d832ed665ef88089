"""Which model answers, and the models that are no network: scripts, caches, recordings, local weights."""

import asyncio
from collections import Counter

import pytest

from evoengine.budget import Budget
from evoengine.effects import Generate, Message
from evoengine.errors import ConfigError, ModelError
from evoengine.llm import ModelPool, ModelSpec, parse_model
from evoengine.types import Usage

SCRIPT = """
def answer(messages, n, proposal, step):
    return [f"{messages[-1]['role']} {messages[-1]['content']} {proposal} {step} {i}" for i in range(n)]
"""


@pytest.fixture
def script(tmp_path):
    def write(text=SCRIPT, name="model.py"):
        path = tmp_path / name
        path.write_text(text)
        return parse_model(f"scripted:{path}")

    return write


def pooled(specs, work, seed=1, budget=None, **options):
    async def run():
        async with ModelPool(specs, **options) as pool:
            pool.begin(seed, lambda: budget or Budget(), Usage())
            return await work(pool)

    return asyncio.run(run())


def ask(**fields):
    return Generate((Message("user", "hello"),), **fields)


def generate(specs, request, proposals=1, **options):
    async def work(pool):
        return [await pool.generate(request, proposal=proposal, step=0) for proposal in range(proposals)]

    return pooled(specs, work, **options)


def test_a_python_file_answers(script):
    (reply,) = generate([script()], ask(n=2))
    assert reply.texts == ("user hello 0 0 0", "user hello 0 0 1")
    assert reply.model == "model.py"
    assert reply.usage == Usage(0, 1, 6, 10, 0.0)


def test_a_list_of_replies_answers_by_address(script):
    lines = '"one"\n\n{"text": "two"}\n"three"\n'
    replies = generate([script(lines, "replies.jsonl")], ask(n=2), proposals=3)
    assert [reply.texts for reply in replies] == [("one", "two"), ("two", "three"), ("three", "one")]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.py", "x = 1", "no function answer"),
        ("a.py", "1/0", "ZeroDivisionError"),
        ("a.jsonl", "", "holds no replies"),
        ("a.jsonl", '"fine"\nwrong', "line 2: no reply"),
        ("a.jsonl", "[1]", "line 1: no reply"),
    ],
)
def test_a_wrong_script_is_refused_before_the_run(script, name, text, message):
    with pytest.raises(ConfigError, match=message) as caught:
        generate([script(text, name)], ask())
    assert name in str(caught.value)


@pytest.mark.parametrize(
    "body", ["raise KeyError('boom')", "return 'text'", "return []", "return None", "return [1]"]
)
def test_a_script_that_fails_is_an_error_of_the_model(script, body):
    with pytest.raises(ModelError, match=r"boom|gave no list of texts"):
        generate([script(f"def answer(messages, n, proposal, step):\n    {body}\n")], ask())


def test_models_are_drawn_by_role_and_weight_from_the_proposals_own_stream(script):
    base = script().base_url
    a, b, judge = (
        ModelSpec("a", base, weight=3, roles=("mutate",)),
        ModelSpec("b", base, weight=1, roles=("mutate",)),
        ModelSpec("j", base, roles=("judge",)),
    )
    chosen = [reply.model for reply in generate([a, b, judge], ask(), proposals=400)]
    assert chosen == [reply.model for reply in generate([a, b, judge], ask(), proposals=400)]
    assert chosen != [reply.model for reply in generate([a, b, judge], ask(), proposals=400, seed=2)]
    counts = Counter(chosen)
    assert set(counts) == {"a", "b"}
    assert 260 < counts["a"] < 340
    assert {reply.model for reply in generate([a, b, judge], ask(role="judge"), 5)} == {"j"}
    assert {reply.model for reply in generate([a, b, judge], ask(model="b"), 5)} == {"b"}


def test_a_model_or_role_that_is_not_there_is_said_with_what_there_is(script):
    for request, message in (
        (ask(model="x"), "no model is called 'x'"),
        (ask(role="embed"), "serves the role 'embed'"),
    ):
        with pytest.raises(ModelError, match=message) as caught:
            generate([script()], request)
        assert "model.py for mutate, reflect" in caught.value.cure


def test_temperatures_come_from_the_models_own_set_unless_the_request_says(tmp_path, script):
    spec = ModelSpec("m", script().base_url, temperatures=(0.2, 0.9))
    seen = []

    async def work(pool):
        client = pool._members[0].client
        complete = client.complete

        async def watched(call):
            seen.append(call.temperature)
            return await complete(call)

        client.complete = watched
        for proposal in range(40):
            await pool.generate(ask(), proposal=proposal, step=0)
        await pool.generate(ask(temperature=0.0), proposal=0, step=1)

    pooled([spec], work)
    assert set(seen[:40]) == {0.2, 0.9}
    assert 8 < seen[:40].count(0.2) < 32
    assert seen[40] == 0.0


def test_a_pool_needs_models_and_each_of_them_once(script):
    with pytest.raises(ConfigError, match="no model in the pool"):
        ModelPool([])
    with pytest.raises(ConfigError, match="is given twice"):
        ModelPool([script(), script()])
    assert (
        ModelPool(
            [ModelSpec("a", concurrency=3), ModelSpec("b", concurrency=4), ModelSpec("c", roles=("judge",))]
        ).concurrency
        == 7
    )


def test_unknown_prices_and_a_budget_of_dollars_do_not_go_together():
    pool = ModelPool([ModelSpec("m")])
    pool.begin(1, lambda: Budget(tokens=5), Usage())
    with pytest.raises(ConfigError, match="price is unknown"):
        pool.begin(1, lambda: Budget(dollars=5), Usage())
