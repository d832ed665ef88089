"""Comparisons from Python: problems built here, models, noise, and search policies on one record."""

import json
import re

import pytest
from small import write_problem
from test_api import BUILT, parabola
from test_compare import PERTURB, call

from evoengine import compare, open_run, search
from evoengine.config import read_run_config
from evoengine.errors import ConfigError, EvaluatorError
from evoengine.llm import ModelSpec, Price
from evoengine.recipes.map_elites import MapElites
from evoengine.report import compare_policies

__all__ = ["call"]


def test_a_problem_built_in_python_is_compared_and_gone_on_with(tmp_path, monkeypatch, call):
    def go(**settings):
        return compare(
            BUILT, ["map_elites"], evaluator=parabola, out=tmp_path / "c", evaluations=6, **settings
        )

    first = go(seeds=1, target=-6.0)
    assert [run.state for run in first.runs] == ["done", "done"]
    assert first.table.splitlines()[0].split()[-3:] == ["evaluations", "to", "it"]
    assert {row["recipe"] for row in first.frame()} == {"map_elites", "hill_climb"}
    assert first.plot().startswith("<svg")
    assert go(seeds=2).rows[0].finished == 2
    code, _, err = call("--out", str(tmp_path / "c"))
    assert code == 2
    assert "built in Python" in err


def test_a_comparison_by_name_has_a_folder_of_its_own(tmp_path, call):
    found = compare("p", ["best_of_n"], seeds=1, evaluations=2, params=PERTURB, runs=str(tmp_path / "runs"))
    assert re.search(r"/runs/compare-parabola-[0-9a-f]{4}$", found.folder)
    with pytest.raises(ConfigError, match="compare: seeds = 0"):
        compare("p", ["best_of_n"], seeds=0)


def test_an_error_of_every_run_is_raised(tmp_path):
    def broken(trial):
        raise KeyError("mine")

    with pytest.raises(EvaluatorError, match="KeyError: 'mine'"):
        compare(BUILT, ["best_of_n"], seeds=1, evaluator=broken, out=tmp_path / "c")


def test_an_exclusive_problem_has_its_runs_one_after_the_other(tmp_path, call):
    toml = tmp_path / "p" / "problem.toml"
    toml.write_text("exclusive = true\n" + toml.read_text())
    found = compare(tmp_path / "p", ["best_of_n"], seeds=1, evaluations=3, params=PERTURB, at_once=2, out="c")
    assert [row.finished for row in found.rows] == [1, 1]


SCRIPT = """
def answer(messages, n, proposal, step):
    return [f"```python\\ndef value():\\n    return {(proposal + 5) / 8}\\n```"] * n
"""


def test_with_a_model_the_baseline_is_best_of_n_and_dollars_are_counted(tmp_path, call):
    (tmp_path / "model.py").write_text(SCRIPT)
    model = ModelSpec("model.py", "scripted:model.py", price=Price(1000.0, 1000.0), edit_format="rewrite")
    found = compare("p", ["sequential_refine"], seeds=1, models=[model], calls=4, out="c", target=-6.0)
    assert (found.baseline, found.budget.calls) == ("best_of_n", 4)
    assert [row.finished for row in found.rows] == [1, 1]
    assert all(row.dollars > 0 for row in found.rows)
    assert all(row.dollars_to_target > 0 for row in found.rows)
    assert "dollars to it" in found.table
    assert found.plot().count(">dollars<") == 1
    kept = read_run_config(tmp_path / "c" / "sequential_refine-0" / "run.toml")
    assert kept.params["operators"] == ["rewrite"]
    code, out, err = call("--out", "c")
    assert code == 0, err
    assert out.splitlines()[0] == found.table.splitlines()[0]


NOISY = """
import numpy as np
def evaluate(trial):
    return np.random.default_rng(trial.seed).normal() - abs(trial.call("value") - 3.0)
"""


def test_on_a_noisy_problem_what_counts_is_the_final_check(tmp_path, call):
    problem = write_problem(tmp_path / "p", evaluator=NOISY)
    toml = problem / "problem.toml"
    toml.write_text("noisy = true\nrepeats = 2\n" + toml.read_text())
    found = compare(problem, [], seeds=2, evaluations=12, params=PERTURB, out="c")
    for run in found.runs:
        best, *_ = open_run(run.folder).checks()
        assert run.curve.value == pytest.approx(best.mean)
        assert run.curve.values[-1] == best.claimed != best.mean
        assert (best.evaluation.repeats, run.curve.total.evaluations <= 12) == (20, True)
    before = [path.read_bytes() for path in tmp_path.glob("c/*/run.db")]
    assert call("--out", "c")[0] == 0
    assert [path.read_bytes() for path in tmp_path.glob("c/*/run.db")] == before


# Search policies on one record


def test_the_policy_of_a_record_repeats_its_own_choices_and_others_need_not(tmp_path, call):
    run = search(BUILT, evaluator=parabola, out=tmp_path / "r", evaluations=25, recipe="map_elites",
                 order="proposal", window=4, slots=2, params={"operators": ["perturb"]})  # fmt: skip
    own, climber, chain, islands = compare_policies(
        run, BUILT, ["hill_climb", "sequential_refine", "islands"], {"islands": 2}
    )
    held = run.fold(MapElites(BUILT, operators=("perturb",))).recipe
    assert (own.recorded, own.proposals, own.waited) == (True, run.candidates, 0)
    assert own.elites == held.stats()["num_elites"]
    assert (own.coverage, own.qd_score) == (held.stats()["coverage"], held.stats()["qd_score"])
    assert climber.parent_rank == 1.0
    assert climber.parent_rank >= own.parent_rank
    assert (climber.elites, islands.recipe) == (1, "islands")
    assert chain.waited > 0, "with several in flight, a chain waits"
    assert sum(chain.verdicts.values()) == sum(own.verdicts.values()) == run.candidates


def test_the_command_puts_recipes_into_the_place_of_a_records_own(call, tmp_path):
    search("p", out="r", candidates=8, recipe="random_search", params=PERTURB, slots=1)
    code, out, err = call("--replay", "./r", "--recipes", "hill_climb,map_elites", "--json")
    assert code == 0, err
    assert [row["recipe"] for row in json.loads(out)] == ["random_search", "hill_climb", "map_elites"]
    code, out, err = call("--replay", "./r", "--recipes", "islands", "--set", "params.islands=2")
    assert code == 0
    assert out.splitlines()[1].startswith("random_search (recorded)")
    assert re.search(r"\d+ improvements in 8 proposals of r$", err.strip())
