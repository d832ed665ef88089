"""Comparisons by real runs: equal cost, shared seeds, gone on with, and honest about what failed."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter

import pytest
from small import count, wait_for, write_problem

from evoengine import open_run
from evoengine.cli.app import main
from evoengine.comparing import Comparing
from evoengine.config import RunConfig, load_problem, read_run_config
from evoengine.plans import settle_comparison
from evoengine.recipes.map_elites import MapElites
from evoengine.replay import canonical

PERTURB = {"operators": ["perturb"]}
COMMAND = [sys.executable, "-c", "from evoengine.cli import main; main()"]
SETTINGS = ["--set", 'params.operators=["perturb"]']


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Call the command line beside the problem ``p``; give exit code, standard output and standard error."""
    write_problem(tmp_path / "p")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["evoengine", "compare", *args])
        with pytest.raises(SystemExit) as caught:
            main()
        return caught.value.code, *capsys.readouterr()

    return call


def logs(folder):
    """The log of every run of a comparison, as runs in proposal order are compared."""
    return {
        path.parent.name: canonical(open_run(path.parent).store.events()) for path in folder.glob("*/run.db")
    }


def begin(*args):
    return subprocess.Popen(
        [*COMMAND, "compare", *args, *SETTINGS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_recipes_are_compared_at_equal_cost_on_shared_seeds_and_nothing_is_done_twice(call, tmp_path):
    code, out, err = call(
        "./p", "--recipes", "map_elites", "--seeds", "1", "--seed", "5", "--budget-evaluations", "12",
        "--target", "-1", "--out", "c", "--json", *SETTINGS,
    )  # fmt: skip
    assert code == 0, err
    body = json.loads(out)
    assert (body["baseline"], body["budget"], body["target"]) == ("hill_climb", {"evaluations": 12}, -1.0)
    seeds = {(run["recipe"], run["seed"]) for run in body["runs"]}
    assert seeds == {("map_elites", 5), ("hill_climb", 5)}
    for run in body["runs"]:
        opened = open_run(run["folder"])
        assert (run["state"], opened.stopped, opened.header["seed"]) == ("done", "evaluations", run["seed"])
        assert (run["evaluations"], opened.header["order"], opened.header["window"]) == (12, "proposal", 2)
        assert run["value"] == opened.best.evaluation.fitness
        assert run["folder"].endswith(f"{run['recipe']}-{run['seed']}")
    assert "no intervals: none from 1 finished run" in err
    assert Counter(line.split()[2] for line in err.splitlines() if re.match(r"\d/2 ", line)) == {"done": 2}
    assert "parabola: best so far" in ET.parse("c/compare.svg").getroot()[0].text

    before = {path: path.read_bytes() for path in tmp_path.glob("c/*/run.db")}
    code, again, _ = call("--out", "c", "--json", "-o", "other.svg")
    assert (code, json.loads(again)) == (0, body)
    assert {path: path.read_bytes() for path in tmp_path.glob("c/*/run.db")} == before
    assert (tmp_path / "other.svg").read_text() == (tmp_path / "c" / "compare.svg").read_text()

    # More of everything: what is there goes on, what is not begins.
    code, out, _ = call("--out", "c", "--recipes", "best_of_n", "--seeds", "2", "--budget-evaluations", "14")
    assert code == 0
    rows = [line.split() for line in out.splitlines()[1:4]]
    assert {row[0] for row in rows} == {"best_of_n", "map_elites", "hill_climb"}
    assert sum("2/2" in row for row in rows) == 3
    assert len(list(tmp_path.glob("c/*/run.db"))) == 6
    assert count(tmp_path / "c" / "map_elites-5", "steered") == 1
    assert out.count("|") == 6, "a line of bars for each recipe"


def test_a_comparison_that_was_killed_goes_on_to_the_end_that_it_would_have_had(call, tmp_path):
    write_problem(tmp_path / "p", seconds=0.03)
    arguments = ["./p", "--recipes", "map_elites", "--seeds", "2", "--budget-evaluations", "30"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert call(*arguments, "--out", "whole", *SETTINGS)[0] == 0
    process = begin(*arguments, "--at-once", "1", "--out", "killed")
    wait_for(process, killed / "hill_climb-0", "told", 3)
    process.kill()
    process.communicate()
    # One run is done, one is under way, and two have not begun.
    assert open_run(killed / "map_elites-0").stopped == "evaluations"
    assert open_run(killed / "hill_climb-0").stopped is None
    assert len(logs(killed)) == 2
    done = (killed / "map_elites-0" / "run.db").read_bytes()
    assert call("--out", "killed")[0] == 0
    assert (killed / "map_elites-0" / "run.db").read_bytes() == done
    assert logs(killed) == logs(whole)
    assert (killed / "compare.svg").read_bytes() == (whole / "compare.svg").read_bytes()


def test_ctrl_c_finishes_what_is_in_flight_in_every_run_and_leaves_with_130(call, tmp_path):
    write_problem(tmp_path / "p", seconds=0.02)
    process = begin("./p", "--recipes", "map_elites", "--seeds", "2", "--budget-evaluations", "5000",
                    "--at-once", "2", "--out", "c")  # fmt: skip
    for recipe in ("map_elites", "hill_climb"):
        wait_for(process, tmp_path / "c" / f"{recipe}-0", "told", 2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130, err
    assert "`evoengine compare --out c` goes on" in err
    assert out.splitlines()[1].split()[1:3] == ["0/2", "-"]
    for recipe in ("map_elites", "hill_climb"):
        run = open_run(tmp_path / "c" / f"{recipe}-0")
        assert (run.stopped, run.candidates) == ("interrupted", count(run.folder, "told"))
        assert not (tmp_path / "c" / f"{recipe}-1").exists()


def test_a_second_ctrl_c_drops_what_is_in_flight(tmp_path, monkeypatch):
    write_problem(tmp_path / "p", seconds=1000.0)
    monkeypatch.chdir(tmp_path)
    process = begin("./p", "--recipes", "map_elites", "--seeds", "1", "--at-once", "2", "--out", "c")
    for recipe in ("map_elites", "hill_climb"):
        wait_for(process, tmp_path / "c" / f"{recipe}-0", "asked", 1)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=0.5)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130


def test_a_run_that_fails_is_reported_and_the_others_go_on(call, tmp_path):
    (tmp_path / "c" / "map_elites-1").mkdir(parents=True)
    (tmp_path / "c" / "map_elites-1" / "run.db").write_text("no database at all" * 100)
    arguments = ["./p", "--recipes", "map_elites", "--seeds", "2", "--budget-evaluations", "4", "--out", "c"]
    code, out, err = call(*arguments, *SETTINGS)
    assert code == 2
    assert "map_elites-1  StoreDamagedError: " in err
    assert "1 runs failed; the first of them:" in err
    assert {line.split()[1] for line in out.splitlines()[1:3] if "map" in line} == {"1/2"}


def test_a_mistake_in_a_recipe_is_a_bug_with_its_traceback(call, monkeypatch):
    def ask(self, view, rng):
        raise ZeroDivisionError("my own mistake")

    monkeypatch.setattr(MapElites, "ask", ask)
    code, out, err = call(
        "./p", "--recipes", "map_elites", "--seeds", "1", "--budget-evaluations", "4", *SETTINGS
    )
    assert code == 1
    assert "map_elites-0  ZeroDivisionError: ZeroDivisionError: my own mistake" in err
    assert 'raise ZeroDivisionError("my own mistake")' in err
    assert "hill_climb (baseline)  1/1" in out


def test_where_no_run_comes_to_its_end_the_error_is_that_of_the_first(call, tmp_path):
    write_problem(tmp_path / "p", evaluator="def evaluate(trial):\n    raise ValueError('my own mistake')\n")
    code, out, err = call("./p", "--recipes", "map_elites", "--seeds", "1", *SETTINGS)
    assert (code, out) == (3, "")
    assert "ValueError: my own mistake" in err


ONLY_THE_SEED = """
from evoengine import Invalid
def evaluate(trial):
    if trial.call("value") != 0.5:
        raise Invalid("only the seed will do")
    return 0.0
"""


def test_where_nothing_but_the_seed_is_valid_the_exit_code_is_5(call, tmp_path):
    write_problem(tmp_path / "p", evaluator=ONLY_THE_SEED)
    code, out, err = call(
        "./p", "--recipes", "hill_climb", "--seeds", "1", "--budget-evaluations", "4", *SETTINGS
    )
    assert (code, out.splitlines()[1].split()[:3]) == (5, ["hill_climb", "(baseline)", "1/1"])
    assert "not one candidate of all these runs is valid" in err


def test_the_order_and_the_slots_may_be_chosen(call, tmp_path):
    arguments = ["./p", "--recipes", "hill_climb", "--seeds", "1", "--budget-evaluations", "3", "--out", "c"]
    assert call(*arguments, *SETTINGS, "--set", "order=completion", "--slots", "2")[0] == 0
    kept = read_run_config(tmp_path / "c" / "hill_climb-0" / "run.toml")
    assert (kept.order, kept.slots, kept.window) == ("completion", 2, 0)


def test_a_run_that_is_only_starting_when_it_is_stopped_searches_nothing(tmp_path):
    loaded = load_problem(write_problem(tmp_path / "p"))
    settings = RunConfig(problem=loaded.spec, params=PERTURB, slots=1)
    config = settle_comparison(settings, ["hill_climb"], seeds=2, target=None, at_once=1)
    comparing = Comparing(tmp_path / "c", loaded, config)

    async def work():
        task = asyncio.create_task(comparing.search())
        while not (tmp_path / "c" / "hill_climb-0" / "run.db").exists():  # noqa: ASYNC110 - a file is no event
            await asyncio.sleep(0)
        comparing.stop()
        return await task

    assert [run.state for run in asyncio.run(work()).runs] == ["interrupted", "interrupted"]
    assert open_run(tmp_path / "c" / "hill_climb-0").candidates == 0
    assert not (tmp_path / "c" / "hill_climb-1").exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "no problem is named"),
        (["--out", "absent"], "no problem is named, and absent holds no comparison"),
        (["./p"], "nothing to compare is named"),
        (["./p", "--recipes", "nope"], "no recipe is called 'nope'"),
        (["./p", "--recipes", "alphaevolve"], "alphaevolve asks a model, and none is named"),
        (["./p", "--recipes", "islands", "--set", "params.nope=3"], "params.nope: none of the recipes islands, hill_climb"),
        (["./p", "--recipes", "islands", "--set", "params.islands=0"], "params of the recipe 'islands'"),
        (["--replay", "last", "./p"], "--replay searches nothing, and PROBLEM is given"),
        (["--replay", "last", "--seeds", "3"], "--replay searches nothing, and --seeds is given"),
        (["--replay", "nope", "--recipes", "islands"], "no run 'nope'"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_before_anything_is_searched(call, tmp_path, args, said):
    code, out, err = call(*args)
    assert (code, out) == (2, "")
    assert said in err
    assert not (tmp_path / "runs").exists()


def test_a_folder_with_runs_of_other_settings_is_refused(call):
    arguments = ["./p", "--recipes", "best_of_n", "--seeds", "1", "--budget-evaluations", "2", "--out", "c"]
    assert call(*arguments, *SETTINGS)[0] == 0
    code, _, err = call(*arguments)
    assert code == 2
    assert "holds a run with params = {'operators': ['perturb']}, not {}" in err
    code, _, err = call("--out", "c", "--set", "order=completion")
    assert code == 2
    assert "--set, --model and --seed belong to the beginning" in err


def test_files_that_changed_since_are_said_to_have(call, tmp_path):
    arguments = ["./p", "--recipes", "best_of_n", "--seeds", "1", "--budget-evaluations", "2", "--out", "c"]
    assert "warning" not in call(*arguments, *SETTINGS)[2]
    write_problem(tmp_path / "p", seed="def value():\n    return 0.75\n")
    assert "warning: the problem's files have changed" in call("--out", "c")[2]
