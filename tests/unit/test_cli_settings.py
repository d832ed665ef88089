"""new, config, recipes, doctor, and what a verify finds."""

import json
import sqlite3
import zlib
from dataclasses import replace

import pytest
from made_run import TOLD, make_run
from test_cli_reading import call, read_json, run

from evoengine.cli.new import TEMPLATES
from evoengine.config import load_problem
from evoengine.recipes import RECIPES
from evoengine.sandbox import LEVELS, Attempt, Report, abuse, attacks, checks
from evoengine.sandbox.probe import OFFERS

__all__ = ["call", "run"]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_new_problem_loads(call, tmp_path, template):
    code, out, err = call("new", "my_problem", "--template", template)
    assert (code, out) == (0, "my_problem\n")
    assert "evoengine run ./my_problem" in err
    loaded = load_problem(tmp_path / "my_problem")
    assert loaded.problem.name == "my_problem"
    assert callable(loaded.evaluator().evaluate)


def test_a_new_problem_needs_a_name_that_is_free(call, tmp_path):
    assert call("new", str(tmp_path / "deep" / "one"))[0] == 0
    code, _, err = call("new", "deep/one")
    assert code == 2
    assert "exists already" in err
    assert "cannot be a problem's name" in call("new", "1 2")[2]
    (tmp_path / "file").write_text("")
    assert "cannot be written" in call("new", "file/x")[2]


def test_config_show(call, tmp_path):
    (tmp_path / "evoengine.toml").write_text("slots = 3\n")
    code, out, _ = call("config", "show", "--set", "params.islands=2")
    assert code == 0
    assert "slots = 3" in out
    assert "[params]\nislands = 2" in out
    origin = call("config", "show", "--origin")[1]
    assert any(
        line.split()[:2] == ["slots", "3"] and "evoengine.toml" in line for line in origin.splitlines()
    )
    body = read_json(call("config", "show", "--json"))
    assert body["slots"]["value"] == 3
    assert body["seed"]["origin"] == "default"


def test_a_misspelt_key_is_refused_wherever_it_stands(call, tmp_path, monkeypatch):
    (tmp_path / "evoengine.toml").write_text("slts = 3\n")
    code, _, err = call("config", "show")
    assert code == 2
    assert "evoengine.toml: unknown key 'slts'" in err
    assert "did you mean 'slots'?" in err


def test_recipes(call):
    assert all(name in call("recipes")[1] for name in RECIPES)
    assert "params.islands" in call("recipes", "islands")[1]
    assert {one["name"] for one in read_json(call("recipes", "--json"))} == set(RECIPES)
    assert call("recipes", "nope")[0] == 2


def test_doctor(call, monkeypatch):
    facts = read_json(call("doctor", "--json"))
    assert facts["python"]
    assert facts["isolation"] in LEVELS
    assert OFFERS[facts["isolation"]] in call("doctor")[1]

    refused = Attempt("full", False, "namespaces", "EPERM", "allow user namespaces")
    report = Report("landlock", (refused, Attempt("landlock", True)), {"user": "1000"})
    monkeypatch.setattr("evoengine.cli.doctor.describe", lambda: report)
    code, out, _ = call("doctor")
    assert code == 0
    assert "full is refused at namespaces: EPERM; allow user namespaces" in out


@pytest.fixture
def short_abuse(monkeypatch):
    """A few of the checks and attacks, for all that `doctor --abuse` runs are run elsewhere too."""
    few = [attack for attack in abuse.ATTACKS if attack.name in {"exit-os", "secret-environment"}]
    monkeypatch.setattr(abuse, "ATTACKS", few)
    monkeypatch.setattr(abuse, "CHECKS", [checks.plain_data_goes_both_ways])


def test_doctor_attacks_every_level_that_can_be_had(call, short_abuse):
    code, out, err = call("doctor", "--abuse")
    assert code == 0
    assert "ok  subprocess: 4 of 4 checks and attacks held" in out
    assert [level for level in LEVELS if f"attacking {level} ..." in err] == list(LEVELS)
    assert out.count("ok ") + err.count("not tried: isolation") == len(LEVELS)
    rows = read_json(call("doctor", "--abuse", "--json"))
    assert {"plain data goes both ways", "exit-os", "secret-environment", "closing"} == {
        row["what"] for row in rows
    }
    assert {row["came"] for row in rows} == {"ok", "exit"}


def test_doctor_fails_where_a_sandbox_does_not_hold(call, short_abuse, monkeypatch):
    def broken(sandbox):
        raise checks.BrokenError("it does not")

    naive = attacks.attempt("secret-naive", "return True", attacks.EVERY)
    monkeypatch.setattr(abuse, "CHECKS", [broken])
    monkeypatch.setattr(abuse, "ATTACKS", [naive])
    code, out, err = call("doctor", "--abuse")
    assert code == 3
    assert "BAD subprocess: 1 of 3 checks and attacks held" in out
    assert "broken at subprocess: it does not" in out
    assert "secret-naive at subprocess: the attack succeeded" in out
    assert "cure: try once more on a quiet machine" in err
    code, out, _ = call("doctor", "--abuse", "--json")
    assert code == 3
    assert any(row["wrong"] for row in json.loads(out))


def damage(run, statement, *values):
    with sqlite3.connect(run / "run.db") as db:
        db.execute(statement, values)
    db.close()


def test_verify_finds_a_changed_text(call, run):
    data = zlib.compress(b"def f():\n    return 999\n")
    damage(run, "update texts set data = ? where rowid = 1", data)
    code, out, err = call("verify", "--json")
    assert code == 2
    assert any("has another digest" in fault for fault in json.loads(out)["faults"])
    assert "seed-0" in err


def test_verify_finds_a_missing_text(call, run):
    damage(run, "delete from texts where rowid = 1")
    code, _, err = call("verify")
    assert code == 2
    assert "is missing" in err


def test_verify_finds_missing_scores(call, tmp_path):
    cases = {f"case {number}": float(number) for number in range(200)}
    told = [replace(one, evaluation=replace(one.evaluation, cases=cases)) for one in TOLD]
    folder = make_run(tmp_path, told=told)
    assert call("verify")[0] == 0
    damage(folder, "delete from texts where length(data) = (select max(length(data)) from texts)")
    code, out, _ = call("verify", "--json")
    assert code == 2
    assert json.loads(out)["digest"] == ""
    assert "candidate 0-0: its text" in json.loads(out)["faults"][0]


def test_verify_finds_a_log_that_folds_to_something_else(call, tmp_path):
    folder = make_run(tmp_path)
    damage(folder, "update events set body = json_set(body, '$.state', 'another') where kind = 'stopped'")
    code, _, err = call("verify")
    assert code == 2
    assert "but the run ended at another" in err
