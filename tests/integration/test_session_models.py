"""A session with models: begun with the run's budget, closed with the run."""

import asyncio

import pytest
from small import SEED, write_problem

from evoengine import session as session_module
from evoengine.config import RunConfig, load_problem
from evoengine.effects import Generate, Message
from evoengine.errors import ConfigError, ModelError
from evoengine.llm import ModelPool, ModelSpec, Price, RecordedLLM, parse_model
from evoengine.recipes import make_recipe
from evoengine.replay import canonical
from evoengine.report import LOG_NAME
from evoengine.session import Session
from evoengine.stores import SQLiteStore
from evoengine.types import Draft, Job

SCRIPT = """
def answer(messages, n, proposal, step):
    return [messages[0]["content"].replace("0.5", str(proposal))] * n
"""


class Asking:
    """A recipe that has its offspring written by a model."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def ask(self, view, rng):
        return Job(view.proposal, "write", ("seed-0",))

    def vary(self, job, library, rng):
        reply = yield Generate((Message("user", SEED),))
        return [Draft({"main.py": reply.texts[0]}, model=reply.model)]


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setattr(session_module, "make_recipe", lambda *arguments: Asking(make_recipe(*arguments)))
    loaded = load_problem(write_problem(tmp_path / "p"))

    def build(llm, name="run", **settings):
        settings = {
            "recipe": "hill_climb",
            "params": {"operators": ["perturb"]},
            "candidates": 6,
            "slots": 1,
        } | settings
        return Session(tmp_path / name, loaded, RunConfig(problem=loaded.spec, **settings), llm=llm)

    return build


@pytest.fixture
def scripted(tmp_path):
    path = tmp_path / "model.py"
    path.write_text(SCRIPT)
    return lambda: parse_model(f"scripted:{path}")


def run(session, **limits):
    async def work():
        async with session:
            if limits:
                session.extend(**limits)
            return await session.run()

    return asyncio.run(work())


def log(folder, kinds=()):
    store = SQLiteStore(folder / LOG_NAME, read_only=True)
    events = list(store.events(kinds))
    store.close()
    return events


def test_a_run_with_a_model_names_it_and_can_be_replayed_without_it(make, scripted, tmp_path):
    pool = ModelPool([scripted()])
    session = make(pool, order="proposal")
    assert session.engine.window == 16
    assert run(session) == "candidates"
    header = log(tmp_path / "run", ("run",))[0].body
    assert [model["name"] for model in header["models"]] == ["model.py"]
    told = log(tmp_path / "run", ("told",))
    assert {event.body["results"][0]["candidate"]["model"] for event in told} == {"model.py"}
    recorded = SQLiteStore(tmp_path / "run" / LOG_NAME, read_only=True)
    assert run(make(RecordedLLM(recorded), "again", order="proposal", window=16)) == "candidates"
    recorded.close()
    assert canonical(log(tmp_path / "again"))[1:] == canonical(log(tmp_path / "run"))[1:]


def test_the_pool_knows_what_earlier_sessions_have_spent(make, scripted, tmp_path):
    assert run(make(ModelPool([scripted()])), calls=3, candidates=50) == "calls"
    pool = ModelPool([scripted()])
    session = make(pool)
    assert session.engine.window == 8 + 2
    assert pool.meter.spent.calls == 3
    assert run(session, calls=5) == "calls"
    assert pool.meter.spent.calls == len(log(tmp_path / "run", ("replied",))) == 5


def test_dollars_and_an_unknown_price_end_before_the_run(make, scripted):
    spec = ModelSpec("m", scripted().base_url)
    assert run(make(ModelPool([spec]), "free")) == "candidates"
    with pytest.raises(ConfigError, match="price is unknown"):
        run(make(ModelPool([spec]), "run"), dollars=1.0)
    assert (
        run(make(ModelPool([ModelSpec("m", spec.base_url, price=Price(1, 1))]), "run"), dollars=1.0)
        == "candidates"
    )


def test_a_model_that_cannot_be_opened_leaves_nothing_open(make, tmp_path):
    pool = ModelPool([ModelSpec("m", "http://127.0.0.1:9/v1", api_key_env="NOT_SET")], environment={})
    with pytest.raises(ModelError, match="NOT_SET"):
        run(make(pool))
    SQLiteStore(tmp_path / "run" / LOG_NAME).close()
