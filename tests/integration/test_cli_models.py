"""The real command with models behind a real server on loopback."""

import json
import tomllib

import pytest
from command import call
from served_models import KEY, answer, problem, search, server, usage, write_models
from small import write_problem
from test_cli import place

from evoengine.replay import canonical
from evoengine.report import Run
from evoengine.testing.model_server import ModelServer

__all__ = ["place", "problem", "server"]


def test_a_run_with_a_model_is_whole_and_names_it_in_full(place, problem, server):
    code, out, err = search(problem, "--model", f"{server.url}#small", "--candidates", "4")
    assert code == 0, err
    assert out == "first\n"
    assert server.requests
    written = tomllib.loads((place / "runs/first/run.toml").read_text())
    assert written["params"] == {"operators": ["edit", "explore"]}
    (model,) = written["models"]
    assert (model["name"], model["base_url"], model["api_key_env"]) == ("small", server.url, "")
    assert json.loads(call("show", "best", "--json")[1])["model"] == "small"
    assert usage()["calls"] == len(server.requests)
    assert call("verify")[0] == 0
    assert call("resume", "--add-candidates", "2", "--budget-tokens", "+1000000")[0] == 0
    status = json.loads(call("status", "--json")[1])
    assert status["candidates"] == 6


def test_what_was_sent_and_answered_is_shown(place, problem, server):
    write_models(place, server)
    assert search(problem, "--candidates", "3", "--set", 'params.operators=["rewrite"]')[0] == 0
    exchanges = json.loads(call("prompt", "0-0", "--json")[1])
    assert [exchange["step"] for exchange in exchanges] == list(range(len(exchanges)))
    sent = {json.dumps(request.body["messages"], sort_keys=True) for request in server.requests}
    assert json.dumps(exchanges[0]["messages"], sort_keys=True) in sent
    assert exchanges[0]["usage"]["calls"] == 1
    code, out, _ = call("prompt", "first", "0-0")
    assert code == 0
    assert "==> system <==" in out
    assert exchanges[0]["messages"][-1]["content"] in out
    assert f"==> reply of small <==\n{exchanges[0]['replies'][0]}" in out
    shown = call("show", "0-0", "--prompt")[1]
    assert exchanges[0]["messages"][-1]["content"] in shown
    assert "==> reply" not in shown
    assert call("prompt", "seed")[::2] == (0, "no model was asked for seed\n")
    assert call("prompt", "a", "b", "c")[0] == 2
    assert call("prompt", "99-0")[0] == 2

    stats = json.loads(call("stats", "--json")[1])
    calls = len(server.requests)
    cost = {"calls": calls, "tokens_in": 10 * calls, "tokens_out": 10 * calls, "dollars": float(calls)}
    assert stats["models"] == [{"model": "small", **cost}]
    by_operator = {row["operator"]: row for row in stats["operators"]}
    assert by_operator["rewrite"].items() >= cost.items()
    assert by_operator["seed"]["calls"] == 0
    text = call("stats")[1]
    assert f"small  {calls:5}" in text
    assert "unknown" not in text


def test_models_are_listed_and_tried(place, problem, server):
    code, _, err = call("models")
    assert code == 0
    assert "no model is configured" in err
    write_models(place, server, price={"input": 0.25, "output": 2})
    code, out, _ = call("models")
    assert code == 0
    assert "$0.25 in, $2 out per million tokens" in out
    assert "mutate reflect judge task" in out
    assert server.requests == []
    (tried,) = json.loads(call("models", "--test", "--json")[1])
    assert (tried["tokens_in"], tried["tokens_out"], tried["error"]) == (10, 10, "")
    assert tried["seconds"] > 0
    code, out, err = call("models", "--test", "--model", f"{server.url}#other")
    assert code == 4
    assert "1 of 2 models failed; the first: model other" in err
    assert "unknown" in out
    # One that finds no end is not waited for longer.
    assert [request.body["max_tokens"] for request in server.requests[-2:]] == [10, 1024]


def test_a_budget_in_dollars_holds_and_can_be_raised(place, problem, server):
    write_models(place, server)
    code, _, err = search(problem, "--budget-dollars", "3")
    assert code == 0, err
    assert "until dollars 3" in err
    assert f"ok  model small at {server.url}, price $50000 in, $50000 out per million tokens" in err
    assert json.loads(call("status", "--json")[1])["reason"] == "dollars"
    assert usage()["dollars"] == pytest.approx(3.0)
    assert len(server.requests) == 3
    assert "--budget-dollars +X goes on" in call("resume")[2]
    assert call("resume", "--budget-dollars", "+2")[0] == 0
    assert usage()["dollars"] == pytest.approx(5.0)
    assert call("resume", "--budget-dollars", "6")[0] == 0
    assert len(server.requests) == usage()["calls"] == 6
    code, _, err = call("resume", "--budget-dollars", "+much")
    assert code == 2
    assert "--budget-dollars +much: no amount" in err


@pytest.mark.parametrize(("flag", "reason"), [("--budget-calls", "calls"), ("--budget-tokens", "tokens")])
def test_calls_and_tokens_are_limits_too(place, problem, server, flag, reason):
    write_models(place, server, price=None)
    limit = 3 if reason == "calls" else 60
    assert search(problem, flag, str(limit))[0] == 0
    status = json.loads(call("status", "--json")[1])
    assert (status["reason"], status["budget"]) == (reason, {reason: limit})
    assert "unknown" in call("stats")[1]
    assert len(server.requests) == 3


def test_what_was_paid_for_a_proposal_that_is_still_open_is_counted(place, problem, server):
    write_models(place, server, price=None)
    reflecting = ["--set", 'params.operators=["reflect"]']
    assert search(problem, "--budget-calls", "1", *reflecting)[0] == 0
    assert usage()["calls"] == len(server.requests) == 1
    assert json.loads(call("status", "--json")[1])["candidates"] == 0
    assert call("resume", "--budget-calls", "+1")[0] in {0, 5}
    assert usage()["calls"] == len(server.requests) == 2


def test_dollars_and_an_unknown_price_are_refused_before_anything_is_made(place, problem, server):
    code, _, err = search(problem, "--model", f"{server.url}#small", "--budget-dollars", "1")
    assert code == 2
    assert "its price is unknown" in err
    assert not (place / "runs").exists()
    assert search(problem, "--model", f"{server.url}#small", "--candidates", "1")[0] == 0
    code, _, err = call("resume", "--budget-dollars", "1")
    assert code == 2
    assert call("resume", "--add-candidates", "1")[0] == 0


def test_a_replay_gives_the_same_log_and_asks_nobody(place, problem, server):
    first = search(problem, "--model", f"{server.url}#small", "--candidates", "6", "--order", "proposal")
    assert first[0] == 0, first
    asked = len(server.requests)
    code, _, err = call("run", "--replay", "first", "--out", "runs/again")
    assert code == 0, err
    assert len(server.requests) == asked
    assert "ok  replies of " in err
    logs = [canonical(Run(place / "runs" / name).store.events())[1:] for name in ("first", "again")]
    assert logs[0] == logs[1]
    assert usage("again") == usage("first")
    code, _, err = call("run", "--replay", "first", "--model", "x")
    assert code == 2
    assert "models are given" in err
    other = write_problem(place / "q")
    code, _, err = call("run", str(other), "--replay", "first")
    assert code == 2
    assert "leave out the problem" in err
    code, _, err = call("resume", "again", "--add-candidates", "1")
    assert code == 4
    assert "holds no reply" in err


def test_a_cache_answers_a_second_run(place, problem, server):
    args = [
        "--model",
        f"{server.url}#small",
        "--candidates",
        "3",
        "--order",
        "proposal",
        "--cache",
        "c/answers",
    ]
    assert search(problem, *args)[0] == 0
    asked = len(server.requests)
    assert call("run", problem, "--recipe", "hill_climb", "--slots", "1", *args)[0] == 0
    assert len(server.requests) == asked
    assert (place / "c/answers").is_file()


def test_a_scripted_model_needs_no_server(place, problem, monkeypatch):
    programs = [f"```python\ndef value():\n    return {(n + 6) / 8}\n```" for n in range(8)]
    (place / "model.jsonl").write_text("\n".join(map(json.dumps, programs)))
    code, _, err = search(
        problem,
        "--model",
        "scripted:model.jsonl",
        "--candidates",
        "2",
        "--set",
        'params.operators=["rewrite"]',
    )
    assert code == 0, err
    assert json.loads(call("top", "--json")[1])[0]["model"] == "model.jsonl"
    monkeypatch.chdir(place / "p")
    code, _, err = call("resume", str(place / "runs/first"), "--add-candidates", "1")
    assert code == 0, err


def texts_below(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_good_key_works_and_is_nowhere(place, problem, monkeypatch):
    with ModelServer(answer, key=KEY) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        code, out, err = search(problem, "--model", "small", "--candidates", "2")
        assert code == 0, err
    assert (
        tomllib.loads((place / "runs/first/run.toml").read_text())["models"][0]["api_key_env"]
        == "OPENAI_API_KEY"
    )
    for text in (out, err, *call("stats"), *call("models", "--model", "small"), *call("config", "show")):
        assert KEY not in str(text)
    assert KEY.encode() not in texts_below(place)


@pytest.mark.parametrize(
    ("name", "key", "message"),
    [
        ("small", "sk-wrong-9876543210", "the key of OPENAI_API_KEY is refused"),
        ("small", "", "OPENAI_API_KEY, which is to hold its key, is not set"),
        ("smal", KEY, "there is no such model or endpoint"),
    ],
)
def test_a_wrong_key_or_name_is_code_4_and_is_not_tried_again(
    place, problem, monkeypatch, *, name, key, message
):
    with ModelServer(answer, key=KEY) as server:
        monkeypatch.setenv("OPENAI_API_KEY", key)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        code, out, err = search(problem, "--model", name, "--candidates", "2")
    assert len(server.requests) <= 2, "at most once for each of two proposals"
    assert code == 4
    assert message in err
    assert "cure: " in err
    assert "Traceback" not in err
    if key:
        assert key not in out + err
        assert key.encode() not in texts_below(place)


@pytest.mark.parametrize(
    ("line", "message", "cure"),
    [
        ('nam = "x"', "evoengine.toml: unknown key 'models[0].nam'", "did you mean 'name'?"),
        ('name = "x"\napi_key = "sk-1"', "unknown key 'models[0].api_key'", "did you mean 'api_key_env'?"),
        (
            'name = "x"\nprice = { inptu = 1, output = 1 }',
            "unknown key 'models[0].price.inptu'",
            "did you mean 'input'?",
        ),
        (
            'name = "x"\napi_key_env = "sk-1"',
            "model x: api_key_env names no environment variable",
            "never the key itself",
        ),
        ('name = "x"\nweight = -1', "model x: weight = -1", "correct it"),
        ('name = "x"\nroles = ["mutat"]', "evoengine.toml: models[0].roles[0] = 'mutat'", "mend"),
    ],
)
def test_a_mistake_in_models_names_file_and_cure(place, problem, line, message, cure):
    (place / "evoengine.toml").write_text(f"[[models]]\n{line}\n")
    code, _, err = search(problem)
    assert code == 2
    assert message in err
    assert cure in err
    assert "sk-1" not in err
    assert not (place / "runs").exists()
