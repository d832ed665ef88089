"""Searching from Python with models."""

import pytest
from small import write_problem

from evoengine.api import resume, search
from evoengine.errors import ConfigError, ModelError
from evoengine.llm import ModelSpec, Price
from evoengine.replay import canonical
from evoengine.report import exchanges, spending

SCRIPT = """
def answer(messages, n, proposal, step):
    assert messages[0]["role"] == "system"
    return [f"```python\\ndef value():\\n    return {(proposal + 5) / 8}\\n```"] * n
"""
SMALL = {"recipe": "hill_climb", "params": {"operators": ["rewrite"]}, "slots": 1}


@pytest.fixture
def problem(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "model.py").write_text(SCRIPT)
    return write_problem(tmp_path / "p")


def test_a_search_asks_its_models_and_goes_on_with_them(problem):
    run = search(problem, models=["scripted:model.py"], out="out", candidates=3, **SMALL)
    assert (run.stopped, run.candidates, run.best.candidate.model) == ("candidates", 3, "model.py")
    assert run.best.evaluation.fitness == -((3 - 7 / 8) ** 2)
    (problem.parent / "evoengine.toml").write_text("[[models]]\nname = 'unreachable'\n")
    again = resume("out", candidates=5)
    assert again.candidates == 5
    assert spending(again).models["model.py"].calls == 5
    assert spending(again).operators["rewrite"].calls == 5
    (exchange,) = exchanges(again, "4-0")
    assert exchange.step == 0
    assert [message.role for message in exchange.messages] == ["system", "user"]
    assert list(exchange.texts) == again.replies("4-0")
    assert exchanges(again, "seed") == []


def test_a_specified_model_is_kept_with_the_run_and_a_limit_in_dollars_needs_its_price(problem):
    url = f"scripted:{problem.parent / 'model.py'}"
    priced = ModelSpec("m", url, price=Price(10.0, 10.0), concurrency=1, max_tokens=50)
    run = search(problem, models=[priced], out="priced", dollars=0.02, **SMALL)
    assert run.stopped == "dollars"
    assert 0.02 <= run.usage().dollars < 0.04
    assert resume("priced", dollars=0.05).usage().dollars >= 0.05
    with pytest.raises(ConfigError, match="price is unknown"):
        search(problem, models=[ModelSpec("m", url)], out="unpriced", dollars=1.0, **SMALL)
    assert (
        search(problem, models=[ModelSpec("m", url)], out="unpriced", candidates=1, **SMALL).candidates == 1
    )
    with pytest.raises(ConfigError, match="price is unknown"):
        resume("unpriced", dollars=1.0)
    assert resume("unpriced", candidates=2).budget == {"candidates": 2}


def test_a_recorded_run_is_replayed_without_its_model(problem):
    recorded = search(
        problem, models=["scripted:model.py"], out="runs/first", candidates=4, order="proposal", **SMALL
    )
    (problem.parent / "model.py").unlink()
    again = search(problem, out="runs/again", replay="first", seed=99)
    assert canonical(again.store.events())[1:] == canonical(recorded.store.events())[1:]
    with pytest.raises(ConfigError, match="models are given"):
        search(problem, models=["x"], replay="first")
    with pytest.raises(ModelError):
        search(problem, models=["http://127.0.0.1:9/v1"], out="runs/none", candidates=1, **SMALL)
    with pytest.raises(ConfigError, match="none has no candidates"):
        search(problem, replay="none")
    with pytest.raises(ModelError, match="holds no reply"):
        resume("runs/again", candidates=5)


def test_a_cache_is_shared_by_runs(problem):
    options = {"models": ["scripted:model.py"], "candidates": 2, "cache": "answers.db", **SMALL}
    first = search(problem, out="a", **options)
    assert first.usage().calls == 2
    second = search(problem, out="b", **options)
    assert second.usage().calls == 0
    assert [known.candidate.digest for known in second] == [known.candidate.digest for known in first]
