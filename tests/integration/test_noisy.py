"""A noisy problem from end to end: races, re-evaluated elites, the final check, other axes."""

import json
import sys

import pytest

from evoengine.api import resume, search
from evoengine.cli.app import main
from evoengine.recipes import make_recipe

PROBLEM = """
name = "noisy"
evaluator = "./evaluate.py"
noisy = true
repeats = 4
worst_fitness = -10
[genome]
files = ["main.py"]
[[measures]]
name = "value"
low = 0
high = 4
bins = 4
[[measures]]
name = "length"
computed = "source_length"
low = 0
high = 100
bins = 5
"""

EVALUATOR = """
import numpy as np
from evoengine import Score


def evaluate(trial):
    value = trial.call("f")
    noise = np.random.default_rng(trial.seed).normal(0.0, 0.5)
    return Score(noise - abs(value - 1.0), measures={"value": value})
"""


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    folder = tmp_path_factory.mktemp("noisy")
    (folder / "problem.toml").write_text(PROBLEM)
    (folder / "evaluate.py").write_text(EVALUATOR)
    (folder / "main.py").write_text("def f():\n    return 3.5\n")
    return folder


def searched(problem, out, candidates=40):
    return search(
        problem,
        out=out,
        candidates=candidates,
        seed=2,
        slots=2,
        order="proposal",
        recipe="map_elites",
        params={"operators": ["perturb"]},
    )


@pytest.fixture(scope="module")
def run(problem, tmp_path_factory):
    return searched(problem, tmp_path_factory.mktemp("out") / "run")


def test_only_what_could_be_an_elite_is_repeated(run):
    repeats = [known.evaluation.repeats for known in run if known.candidate.operator == "perturb"]
    assert min(repeats) == 1
    assert max(repeats) == 4
    assert run.candidate("seed").evaluation.repeats == 4
    assert run.candidate("seed").evaluation.deviation > 0.0


def test_elites_are_evaluated_again_on_schedule_and_know_more_each_time(run):
    again = [known for known in run if known.candidate.operator == "reevaluate"]
    assert [known.candidate.proposal for known in again] == [9, 19, 29, 39]
    for known in again:
        parent = run.candidate(known.candidate.parents[0])
        assert known.candidate.digest == parent.candidate.digest
        assert known.evaluation.repeats == parent.evaluation.repeats + 1


def test_the_end_is_a_check_on_fresh_randomness_that_says_how_much_was_luck(run):
    checks = run.checks()
    assert [check.candidate for check in checks] == [known.candidate.id for known in run.top(3)]
    for check in checks:
        value = run.candidate(check.candidate).evaluation.measures["value"]
        assert check.evaluation.repeats == 20
        assert check.mean == pytest.approx(-abs(value - 1.0), abs=0.5)
        assert check.luck == check.claimed - check.mean
    told = sum(known.evaluation.usage.evaluations for known in run)
    assert run.usage().evaluations == told + 60


def command(monkeypatch, capsys, *args):
    monkeypatch.setattr(sys, "argv", ["evoengine", *args])
    with pytest.raises(SystemExit) as caught:
        main()
    out, err = capsys.readouterr()
    return caught.value.code, out, err


def test_the_commands_show_the_error_and_the_luck(run, monkeypatch, capsys):
    folder = str(run.folder)
    assert "±" in command(monkeypatch, capsys, "top", folder)[1]
    assert "±" in command(monkeypatch, capsys, "show", "best", "--run", folder)[1]
    assert "±" in command(monkeypatch, capsys, "status", folder)[1]
    low, high = json.loads(command(monkeypatch, capsys, "status", folder, "--json")[1])["interval"]
    assert low < run.best.evaluation.fitness < high
    code, out, _ = command(monkeypatch, capsys, "rescore", folder, "--top", "2", "--repeats", "5", "--json")
    assert code == 0
    assert [(one["candidate"], one["repeats"]) for one in json.loads(out)] == [
        (known.candidate.id, 5) for known in run.top(2)
    ]
    assert json.loads(command(monkeypatch, capsys, "status", folder, "--json")[1])["state"] == "done"
    assert command(monkeypatch, capsys, "verify", folder)[0] == 0


def test_rebinning_is_logged_and_the_archive_is_that_of_a_run_that_had_the_axes_all_along(
    problem, tmp_path, monkeypatch, capsys
):
    run = searched(problem, tmp_path / "run", candidates=20)
    folder = str(run.folder)
    code, out, _ = command(monkeypatch, capsys, "rebin", folder, "--measures", "value=0:2:40", "--json")
    assert code == 0
    after = json.loads(out)["after"]
    values = {min(39, max(0, int(known.evaluation.measures["value"] * 20))) for known in run}
    assert after["num_elites"] == len(values)
    assert command(monkeypatch, capsys, "verify", folder)[0] == 0
    assert "value" in command(monkeypatch, capsys, "archive", folder)[1]
    edges = ["--measures", "value=0,1,4", "--measures", "length=0:100:2"]
    assert command(monkeypatch, capsys, "rebin", folder, *edges)[0] == 0
    more = resume(folder, candidates=25)
    assert more.candidates == 25
    from evoengine.cli.opening import load_problem_of

    measures = load_problem_of(more).problem.measures
    assert [measure.name for measure in measures] == ["value", "length"]
    recipe = make_recipe("map_elites", load_problem_of(more).problem, {"operators": ["perturb"]})
    assert len(list(more.fold(recipe).recipe.elites())) <= 4


@pytest.mark.parametrize(
    ("axis", "words"),
    [
        ("value=3:1:4", "write NAME=LOW:HIGH:BINS"),
        ("value=1:4", "write NAME=LOW:HIGH:BINS"),
        ("value", "write NAME=LOW:HIGH:BINS"),
        ("valu=0:1:4", "lacks the measure 'valu'"),
        ("value=a|b", "not one of a, b"),
    ],
)
def test_an_axis_that_cannot_be_is_refused_and_changes_nothing(run, axis, words, monkeypatch, capsys):
    before = len(list(run.store.events()))
    code, _, err = command(monkeypatch, capsys, "rebin", str(run.folder), "--measures", axis)
    assert code == 2
    assert words in err
    assert len(list(run.store.events())) == before
