"""Searching from Python."""

import asyncio
import signal
import subprocess
import sys

import pytest
from small import count, wait_for, write_problem

from evoengine.api import new_folder, open_run, resume, run_blocking, search
from evoengine.config import load_problem
from evoengine.errors import ConfigError, EvaluatorError, RunNotFoundError
from evoengine.evaluation import Score
from evoengine.problem import Measure, Problem
from evoengine.recipes import make_recipe

SMALL = {"recipe": "hill_climb", "params": {"operators": ["perturb"]}, "slots": 1}
BUILT = Problem(
    "built",
    ({"main.py": "def value():\n    return 0.5\n"},),
    main="main.py",
    measures=(Measure("x", 0.0, 6.0, 12),),
    preload=(),
    worst_fitness=-100.0,
)


def parabola(trial):
    x = trial.call("value")
    return Score(-((x - 3.0) ** 2), measures={"x": x}, feedback=f"x is {x}")


def test_a_search_by_path_runs_to_its_budget_and_can_be_read_and_resumed(tmp_path):
    problem, out = write_problem(tmp_path / "p"), tmp_path / "runs" / "first"
    seen = []
    run = search(
        problem,
        out=out,
        candidates=8,
        observers=[lambda known, verdict: seen.append(known.candidate.id)],
        **SMALL,
    )
    assert (run.stopped, run.candidates, len(seen)) == ("candidates", 8, 9)
    assert run.best.evaluation.fitness >= -6.25
    assert [known.candidate.id for known in run] == seen
    assert run.fold(make_recipe("hill_climb", load_problem(problem).problem, SMALL["params"])).candidates == 8

    assert resume(out).candidates == 8
    resumed = resume("first", runs=tmp_path / "runs", candidates=11)
    assert (resumed.stopped, resumed.candidates, resumed.budget) == ("candidates", 11, {"candidates": 11})
    best = open_run("last", runs=tmp_path / "runs").best
    assert best.evaluation.fitness == max(known.evaluation.fitness or -1e9 for known in resumed)
    assert resumed.lineage()[-1].candidate.id == "seed-0"


def test_a_problem_built_in_python_is_searched_and_gone_on_with(tmp_path):
    out = tmp_path / "run"
    run = search(BUILT, evaluator=parabola, out=out, candidates=15, recipe="map_elites", slots=2)
    assert (run.stopped, run.candidates) == ("candidates", 15)
    assert run.best.evaluation.feedback.startswith("x is ")
    with pytest.raises(ConfigError, match="built in Python") as raised:
        resume(out)
    assert "evaluator=" in raised.value.cure
    more = search(BUILT, evaluator=parabola, out=out, candidates=20, recipe="map_elites", slots=1)
    assert (more.stopped, more.candidates) == ("candidates", 20)
    with pytest.raises(ConfigError, match="holds a run with recipe = 'map_elites', not 'adaptive'"):
        search(BUILT, evaluator=parabola, out=out, candidates=30)


def test_a_search_ends_at_its_target(tmp_path):
    run = search(BUILT, evaluator=parabola, out=tmp_path / "run", target=-7.0, recipe="best_of_n", slots=1)
    assert (run.stopped, run.candidates) == ("target", 0)


def test_a_broken_evaluator_is_raised_and_the_run_let_go_of(tmp_path):
    def broken(trial):
        raise KeyError("mine")

    with pytest.raises(EvaluatorError, match="KeyError: 'mine'"):
        search(BUILT, evaluator=broken, out=tmp_path / "run", candidates=5, slots=1)
    with pytest.raises(ConfigError, match="needs an evaluator"):
        search(BUILT, out=tmp_path / "other", candidates=5)
    with pytest.raises(TypeError, match="not int"):
        search(BUILT, evaluator=3, candidates=5)


def test_a_search_may_be_started_where_a_loop_runs_already(tmp_path):
    async def cell():
        run = search(
            BUILT, evaluator=parabola, out=tmp_path / "run", candidates=5, recipe="hill_climb", slots=1
        )
        return run.candidates

    assert asyncio.run(cell()) == 5


def test_an_exception_of_a_coroutine_reaches_the_cell_that_waits():
    async def fail():
        raise KeyError("mine")

    async def cell():
        run_blocking(fail)

    with pytest.raises(KeyError, match="mine"):
        asyncio.run(cell())
    with pytest.raises(KeyError, match="mine"):
        run_blocking(fail)


NOTEBOOK = """
import asyncio, sys, threading
from evoengine.api import search

async def cell():
    search(sys.argv[1], out=sys.argv[2], candidates=100000, recipe="hill_climb", slots=1,
           params={"operators": ["perturb"]})

loop = asyncio.new_event_loop()
try:
    loop.run_until_complete(cell())
except KeyboardInterrupt:
    print("interrupted,", threading.active_count(), "thread")
"""


def test_an_interrupted_cell_ends_its_search(tmp_path):
    problem, out = write_problem(tmp_path / "p", seconds=0.02), tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-c", NOTEBOOK, problem, out],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(process, out, "told", 2)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate()
    assert output == "interrupted, 1 thread\n", errors
    told = count(out, "told")
    assert resume(out, candidates=told + 4).candidates == told + 4


def test_folders_of_new_runs_are_named_after_the_problem(tmp_path, monkeypatch):
    names = {new_folder("parabola", tmp_path).name for _ in range(5)}
    assert len(names) > 1
    assert all(name.startswith("parabola-") for name in names)
    tokens = iter(["aa", "aa", "bb"])
    monkeypatch.setattr("secrets.token_hex", lambda size: next(tokens))
    (new_folder("x", tmp_path)).mkdir()
    assert new_folder("x", tmp_path).name == "x-bb"


def test_a_run_has_a_folder_of_its_own_below_runs(tmp_path):
    run = search(
        BUILT, evaluator=parabola, candidates=1, recipe="hill_climb", slots=1, runs=str(tmp_path / "runs")
    )
    assert run.folder.parent == tmp_path / "runs"
    assert run.name.startswith("built-")


def test_runs_and_settings_that_do_not_exist_are_named(tmp_path):
    with pytest.raises(RunNotFoundError):
        open_run(tmp_path / "absent")
    with pytest.raises(RunNotFoundError):
        resume("last", runs=tmp_path)
    with pytest.raises(ConfigError, match="patience"):
        search(BUILT, evaluator=parabola, out=tmp_path / "run", patience=3)
    with pytest.raises(ConfigError, match="absent"):
        search(tmp_path / "absent", out=tmp_path / "run")
