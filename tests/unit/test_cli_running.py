"""run, resume and demo in this process, with real evaluator processes and the smallest budgets."""

import json
from types import SimpleNamespace

import pytest
from made_run import make_problem
from test_cli_reading import call, read_json

from evoengine.cli import demo as demo_module
from evoengine.cli.running import finish
from evoengine.errors import NoCandidateError
from evoengine.report import Run, summarize
from evoengine.types import Evaluation

__all__ = ["call"]


@pytest.fixture
def problem(tmp_path):
    return make_problem(tmp_path / "toy")


def test_a_run_and_its_resumption(call, problem, tmp_path):
    code, out, err = call("run", "./toy", "--candidates", "2", "--slots", "1", "--recipe", "hill_climb")
    assert code == 0
    name = out.strip()
    assert "best known 9.5" in err
    assert f"next: evoengine best {name}" in err
    code, out, err = call("resume", "--add-candidates", "1", "--json")
    assert json.loads(out)["candidates"] == 3
    code, _, err = call("resume", name, "--slots", "1")
    assert code == 0
    assert "its limit (candidates) was reached already" in err
    assert "until candidates 3" in err


def test_a_problem_of_noise_says_so(call, problem):
    source = (
        "import random\nfrom evoengine import Score\n"
        "def evaluate(trial):\n    trial.call('f')\n"
        "    return Score(random.random(), measures={'size': 1, 'kind': 'a'})\n"
    )
    (problem / "evaluate.py").write_text(source)
    assert "NOT the same twice" in call("run", "./toy", "--candidates", "1", "--slots", "1")[2]
    (problem / "problem.toml").write_text("noisy = true\n" + (problem / "problem.toml").read_text())
    assert "noisy as declared" in call("run", "./toy", "--candidates", "1", "--slots", "1")[2]


def test_a_fitness_that_is_missed_is_code_5(call, problem):
    call("run", "./toy", "--candidates", "1", "--slots", "1", "--out", "there")
    summary = summarize(Run(problem.parent / "there"))
    with pytest.raises(NoCandidateError, match=r"the best fitness is .*, below the required 1e\+99"):
        finish(summary, require_fitness=1e99)
    assert finish(summary, require_fitness=0) == 0


def test_the_demo_runs_the_shipped_problem(call, tmp_path):
    code, out, _ = call("demo", "--seconds", "0.1")
    assert code in {0, 5}
    assert out.startswith("circle_packing-")
    assert read_json(call("status", "--json"))["problem"] == "circle_packing"


def test_the_lesson_of_a_demo_names_the_verdict(call, problem):
    call("run", "./toy", "--candidates", "1", "--slots", "1", "--out", "there")
    summary = summarize(Run(problem.parent / "there"))
    fields = {"best_value": 2.5, "best_known": 2.6, "folder": summary.folder}
    lesson = demo_module._lesson
    strict = SimpleNamespace(best=Evaluation("1-0", "ok", 2.5, exact=True), **fields)
    assert "best found  2.5  strict: verified in exact arithmetic" in lesson(strict, 0.9)
    rounded = SimpleNamespace(best=Evaluation("1-0", "ok", 2.5), **fields)
    assert "best found  2.5  float: checked in floating point" in lesson(rounded, 0.9)
    nothing = lesson(SimpleNamespace(best=None, **fields), None)
    assert nothing[:2] == ["seed        -", "best known  2.6"]
