"""Every shipped problem: its seeds are worth what the README says, and no known cheat pays."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from evoengine.config import load_problem, shipped_problems
from evoengine.evaluation import run_trial
from evoengine.ports import Sandbox, Task
from evoengine.sandbox import open_sandbox
from evoengine.testing.prompting import ask_simulated
from evoengine.types import Evaluation

SHIPPED = Path(__file__).parents[2] / "problems"
ATTACKS = sorted(path for path in SHIPPED.glob("*/attacks/*") if path.suffix != ".c")

SEEDS = {
    "architecture_search": 517.188,
    "autocorrelation_1": 2.0,
    "autocorrelation_2": 2 / 3,
    "cap_set": 256.0,
    "circle_packing": 0.9597642169962064,
    "circle_packing_32": 0.9597642169962064,
    "erdos_min_overlap": 0.40675,
    "heilbronn_convex": 0.001898342008454361,
    "jobshop_dispatch": 76.39013637961396,
    "min_distance_ratio": 16.0,
    "circle_packing_hopping": 2.4247768353364023,
    "online_bin_packing": 4.4828848277316595,
    "pendulum_swingup": -987.5195241580556,
    "qd_arm": 1.0,
    "qd_suite_plateaus": 1.0,
    "qd_suite_spiral": 1.0,
    "qd_suite_trap": 1.0,
    "symbolic_regression": -0.045843134197,
    "walker": 2.3086190419767254,
}
"""The first objective of each problem's first seed."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    slot = open_sandbox(preload=("numpy",))
    yield slot
    slot.close()


def evaluate(problem: str, text: str, sandbox: Sandbox) -> Evaluation:
    loaded = load_problem(problem)
    genome = {**loaded.problem.seeds[0], loaded.problem.main: text}
    return run_trial(loaded.evaluator(), loaded.problem, sandbox, Task(genome), ask_simulated)


def expectation(path: Path) -> str:
    """Read what an attack is worth; a JSON file has no comments, and its README describes it."""
    if path.suffix == ".json":
        assert f"`{path.stem}`" in (path.parents[1] / "README.md").read_text("utf-8")
        return "invalid"
    head = re.match(r"# tries: .+\n# expect: (.+)\n", path.read_text("utf-8"))
    assert head, f"{path} does not begin with what it tries and what is expected"
    return head[1]


@pytest.mark.parametrize("name", [name for name in shipped_problems() if name in SEEDS])
def test_the_seed_is_worth_what_the_readme_says(name: str, sandbox: Sandbox) -> None:
    loaded = load_problem(name)
    first, second = (
        run_trial(loaded.evaluator(), loaded.problem, sandbox, Task(loaded.problem.seeds[0]))
        for _ in range(2)
    )
    assert first.status == "ok", first.feedback
    value = first.objectives[loaded.problem.objectives[0].name]
    assert value == pytest.approx(SEEDS[name], abs=1e-9)
    assert loaded.problem.baseline == pytest.approx(value, abs=1e-9)
    assert f"{value:.6g}" in (loaded.folder / "README.md").read_text("utf-8")
    assert second.objectives == first.objectives
    assert second.feedback == first.feedback
    assert first.fitness is not None
    assert first.fitness >= loaded.problem.worst_fitness


@pytest.mark.parametrize("path", ATTACKS, ids=[f"{path.parts[-3]}/{path.stem}" for path in ATTACKS])
def test_no_cheat_pays(path: Path, sandbox: Sandbox) -> None:
    evaluation = evaluate(path.parts[-3], path.read_text("utf-8"), sandbox)
    expected = expectation(path)
    if expected == "invalid":
        assert evaluation.status == "invalid", evaluation
        assert evaluation.fitness is None
        assert evaluation.feedback
    elif expected == "failure":
        assert evaluation.status not in {"ok", "evaluator_error", "sandbox_failure"}, evaluation
        assert evaluation.fitness is None
    elif expected.startswith("at most "):
        assert evaluation.status == "ok", evaluation
        assert evaluation.fitness is not None
        assert evaluation.fitness <= float(expected.removeprefix("at most "))
    else:
        assert evaluation.status == "ok", evaluation
        objective = next(iter(load_problem(path.parts[-3]).problem.objectives)).name
        value = float(expected.removeprefix("true value "))
        assert evaluation.objectives[objective] == pytest.approx(value, rel=1e-6, abs=1e-12)
