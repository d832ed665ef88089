"""The example of docs/trial.md is a problem that scores, and one that a forged trace does not fool."""

import re
from pathlib import Path

import pytest

from evoengine.config import load_problem
from evoengine.evaluation import Trial, run_trial
from evoengine.ports import Task
from evoengine.sandbox import open_sandbox

TEXT = (Path(__file__).parents[2] / "docs" / "trial.md").read_text("utf-8")
SEED = "def order(stock, day):\n    return 3\n"
FORGED = """
import os, struct
def order(stock, day):
    text = b'[-1, -1, -1, -1, -1, -1, -1]'
    body = struct.pack('<I', len(text)) + text
    os.write(4, struct.pack('<cI', b'V', len(body)) + body)
    os._exit(0)
"""
PADDED = (
    "import sys\ndef order(stock, day):\n    sys._getframe(1).f_locals['orders'].append(9)\n    return 3\n"
)


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stock")
    for name, code in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", TEXT, re.DOTALL):
        (folder / name).write_text(code)
    (folder / "seed.py").write_text(SEED)
    (folder / "problem.toml").write_text(
        'name = "stock"\nstatement = "Order."\nevaluator = "./evaluate.py"\n[genome]\nfiles = ["seed.py"]\n'
    )
    return load_problem(folder)


@pytest.fixture(scope="module")
def sandbox():
    slot = open_sandbox(level="subprocess")
    yield slot
    slot.close()


def test_the_example_scores_decisions_by_replaying_them(problem, sandbox):
    evaluation = run_trial(problem.evaluator(), problem.problem, sandbox, Task(problem.problem.seeds[0]))
    assert (evaluation.status, evaluation.fitness) == ("ok", -24.0), evaluation.feedback


@pytest.mark.parametrize("source", [FORGED, PADDED])
def test_a_forged_trace_is_refused(problem, sandbox, source):
    evaluation = run_trial(problem.evaluator(), problem.problem, sandbox, Task({"seed.py": source}))
    assert evaluation.status == "invalid", evaluation


def test_a_harness_with_a_mistake_is_the_evaluators_fault(problem, sandbox):
    for harness, reason in {
        "def simulate(": "does not parse",
        "x = 1": "defines no function simulate",
    }.items():

        class Evaluator:
            def evaluate(self, trial, harness=harness):
                return trial.simulate(harness)

        evaluation = run_trial(Evaluator(), problem.problem, sandbox, Task(problem.problem.seeds[0]))
        assert evaluation.status == "evaluator_error"
        assert reason in evaluation.feedback


def test_every_method_of_a_trial_is_in_the_table():
    methods = {name for name in vars(Trial) if not name.startswith("_")} - {"genome"}
    assert {name for name in methods if f"trial.{name}" not in TEXT} == set()
