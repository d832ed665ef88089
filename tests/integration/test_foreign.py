"""Evaluators of OpenEvolve's form: whole in the sandbox, and never taken for trusted."""

import pytest

from evoengine.api import open_run, resume, search
from evoengine.config import load_problem
from evoengine.errors import ConfigError
from evoengine.evaluation import run_trial
from evoengine.ports import Task
from evoengine.report import summarize, verdict
from evoengine.sandbox import describe, open_sandbox

FULL = pytest.mark.skipif(
    describe(preload=()).level != "full", reason="isolation full cannot be had, which processes need"
)
SEED = "# EVOLVE-BLOCK-START\ndef value():\n    return 0.5\n# EVOLVE-BLOCK-END\n"
EVALUATOR = """
import importlib.util, subprocess, sys

class EvaluationResult:
    def __init__(self, metrics, artifacts):
        self.metrics, self.artifacts = metrics, artifacts

def evaluate(program_path):
    print("looking at", program_path)
    code = f"import runpy; print(runpy.run_path({program_path!r})['value']())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    value = float(done.stdout)
    return EvaluationResult({"combined_score": -(value - 3.0) ** 2, "value": value}, {"said": done.stdout})
"""


def plain(body):
    return f"def evaluate(program_path):\n    {body}\n"


@pytest.fixture(scope="module")
def slot():
    slot = open_sandbox(preload=(), processes=True)
    yield slot
    slot.close()


@pytest.fixture
def judged(tmp_path, slot):
    def judge(evaluator, seed=SEED, **overrides):
        (tmp_path / "seed.py").write_text(seed)
        (tmp_path / "evaluator.py").write_text(evaluator)
        overrides = {"evaluator": str(tmp_path / "evaluator.py"), **overrides}
        loaded = load_problem(tmp_path / "seed.py", overrides=overrides)
        return run_trial(loaded.evaluator(), loaded.problem, slot, Task(loaded.problem.seeds[0]))

    return judge


@FULL
def test_an_object_with_metrics_and_artifacts_and_a_process_of_its_own(judged):
    evaluation = judged(EVALUATOR)
    assert (evaluation.status, evaluation.fitness) == ("ok", -6.25), evaluation.feedback
    assert (evaluation.scoring, evaluation.isolation) == ("untrusted", "full")
    assert evaluation.objectives == {"combined_score": -6.25, "value": 0.5}
    assert evaluation.artifacts["said"] == "0.5\n"
    assert "looking at /scratch/own/seed.py" in evaluation.artifacts["errors"]
    assert verdict(evaluation) == "scoring: untrusted"


@FULL
@pytest.mark.parametrize(
    ("returned", "fitness"),
    [
        ("{'a': 1, 'b': 2.0, 'good': True, 'note': 'text', 'lost': float('nan')}", 1.5),
        ("{'a': 1, 'combined_score': 7}", 7.0),
        ("{'a': __import__('fractions').Fraction(1, 2), 'b': 4}", 4.0),
    ],
)
def test_the_fitness_is_the_combined_score_or_the_mean_of_the_numbers(judged, returned, fitness):
    assert judged(plain(f"return {returned}")).fitness == fitness


@FULL
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("return {'combined_score': float('inf'), 'a': 1}", "invalid"),
        ("return {'combined_score': 10 ** 400}", "invalid"),
        ("return {'error': 'it failed'}", "invalid"),
        ("return {}", "invalid"),
        ("return 3.0", "bad_result"),
        ("import os; os._exit(0)", "bad_result"),
        ("raise ValueError('mine')", "error"),
        ("import os; os.abort()", "crash"),
        ("import time; time.sleep(60)", "timeout"),
        ("return {'a\\ud800': 1, 'text': '\\udfff'}", "ok"),
        ("import os; return {'a': float('EVOENGINE_SECRET' in os.environ or os.path.exists('/home'))}", "ok"),
    ],
)
def test_failures_are_data_and_never_an_end_of_the_run(judged, body, status, monkeypatch):
    monkeypatch.setenv("EVOENGINE_SECRET", "x")
    evaluation = judged(plain(body), limits={"wall_seconds": 4.0})
    assert evaluation.status == status, evaluation.feedback
    assert evaluation.scoring == "untrusted"
    if status == "error":
        assert "ValueError: mine" in evaluation.feedback
    evaluation.feedback.encode()


def test_the_overrides_are_checked(tmp_path):
    seed = tmp_path / "seed.py"
    seed.write_text(SEED)
    with pytest.raises(ConfigError, match=r"absent\.py: no such file"):
        load_problem(seed, overrides={"evaluator": str(tmp_path / "absent.py")})
    with pytest.raises(ConfigError, match="unknown key 'limit'"):
        load_problem(seed, overrides={"evaluator": str(seed), "limit": {}})


@FULL
def test_a_run_of_it_is_labelled_in_log_and_views_and_can_be_resumed(tmp_path):
    (tmp_path / "seed.py").write_text(SEED)
    (tmp_path / "evaluator.py").write_text(EVALUATOR)
    out = tmp_path / "run"
    settings = {"recipe": "hill_climb", "params": {"operators": ["perturb"]}, "slots": 1}
    overrides = {"evaluator": str(tmp_path / "evaluator.py")}
    search(tmp_path / "seed.py", out=out, candidates=2, overrides=overrides, **settings)
    run = resume(out, candidates=3)
    assert run.candidates == 3
    assert {known.evaluation.scoring for known in run} == {"untrusted"}
    assert summarize(open_run(out)).to_json()["verdict"] == "scoring: untrusted"
