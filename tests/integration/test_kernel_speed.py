"""The shipped problem that measures a kernel: who is faster, never how fast."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evoengine.config import load_problem
from evoengine.evaluation import run_trial
from evoengine.ports import Sandbox, Task
from evoengine.sandbox import open_sandbox
from evoengine.types import Evaluation

KERNELS = Path(__file__).parents[1] / "data" / "kernels"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    slot = open_sandbox(preload=("numpy",))
    yield slot
    slot.close()


def measured(name: str, sandbox: Sandbox) -> Evaluation:
    loaded = load_problem("kernel_speed", overrides={"args": {"sizes": [300, 1500], "repeats": 3}})
    genome = loaded.problem.seeds[0]
    if name:
        genome = {loaded.problem.main: (KERNELS / f"{name}.py").read_text("utf-8")}
    evaluation = run_trial(loaded.evaluator(), loaded.problem, sandbox, Task(genome))
    assert evaluation.status == "ok", evaluation.feedback
    return evaluation


def test_the_seed_is_about_as_fast_as_the_reference(sandbox: Sandbox) -> None:
    loaded = load_problem("kernel_speed")
    assert loaded.problem.baseline == 1.0
    assert 0.1 < measured("", sandbox).objectives["speedup"] < 10.0


def test_kernels_are_told_apart(sandbox: Sandbox) -> None:
    sweep, loops = (measured(name, sandbox) for name in ("sweep", "loops"))
    assert sweep.objectives["speedup"] > 10.0 * loops.objectives["speedup"]
    assert sweep.measures["growth"] < loops.measures["growth"]
