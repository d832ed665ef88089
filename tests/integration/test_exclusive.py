"""Problems that measure time: one candidate at once, on a processor of its own, by a clock outside it."""

import asyncio
import os

import pytest

from evoengine.config import RunConfig, load_problem
from evoengine.errors import CandidateFailure
from evoengine.evaluation import as_evaluator, run_trial
from evoengine.ports import Task, Timing
from evoengine.problem import Limits, Problem
from evoengine.sandbox import affinity, open_sandbox
from evoengine.session import Session
from evoengine.testing.inline import InlineSandbox

SLEEPY = """
import time
kept = []

def nap(seconds):
    time.perf_counter = time.monotonic = lambda: 0.0
    time.sleep(0.0 if kept else seconds)
    kept.append(seconds)
    return len(kept)

def fail(seconds):
    raise ValueError(seconds)

def where():
    import os
    return sorted(os.sched_getaffinity(0))
"""
PROBLEM = Problem("sleepy", ({"main.py": SLEEPY},), main="main.py", exclusive=True)
WHERE = "def evaluate(trial):\n    return float(sum(2 ** cpu for cpu in trial.call('where')))\n"
TWO_OR_MORE = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two processors")


@pytest.fixture(scope="module")
def slot():
    slot = open_sandbox(preload=(), level="subprocess")
    yield slot
    slot.close()


def judged(evaluate, sandbox, problem=PROBLEM):
    return run_trial(as_evaluator(evaluate), problem, sandbox, Task(problem.seeds[0]))


def test_a_timing_sums_up():
    timing = Timing.of([0.4, 0.2, 0.3], ["a", "b", "c"])
    assert (timing.minimum, timing.median, timing.values) == (0.2, 0.3, ("a", "b", "c"))
    assert timing.spread == pytest.approx(0.5)


def test_time_is_measured_outside_and_nothing_is_remembered_between_repeats(slot):
    timings = []

    def evaluate(trial):
        timings.append(trial.time("nap", 0.05, repeats=3))
        return -timings[0].minimum

    evaluation = judged(evaluate, slot)
    (timing,) = timings
    assert evaluation.ok, evaluation.feedback
    assert timing.values == (1, 1, 1)
    assert 0.05 <= timing.minimum <= timing.median < 1.0
    assert evaluation.wall_seconds >= 0.15


def test_the_repeats_share_the_wall_limit(slot):
    problem = Problem("p", PROBLEM.seeds, main="main.py", exclusive=True, limits=Limits(wall_seconds=0.3))
    evaluation = judged(lambda trial: trial.time("nap", 0.2).minimum, slot, problem)
    assert evaluation.status == "timeout"


def test_an_error_while_measured_is_the_candidates(slot):
    assert judged(lambda trial: trial.time("fail", 1).minimum, slot).status == "error"


HARMLESS = Problem(
    "p",
    ({"main.py": "count = 0\ndef f(x):\n    global count\n    count += x\n    return count\n"},),
    main="main.py",
    exclusive=True,
)


def test_it_can_be_tried_inline():
    timings = []

    def evaluate(trial):
        timings.append(trial.time("f", 2, repeats=3))
        return 1.0

    assert judged(evaluate, InlineSandbox(), HARMLESS).ok
    assert timings[0].values == (2, 2, 2)
    assert timings[0].minimum > 0.0


@pytest.mark.parametrize(
    ("problem", "repeats"), [(Problem("p", PROBLEM.seeds, main="main.py"), 5), (PROBLEM, 0)]
)
def test_measuring_beside_others_or_never_is_refused(problem, repeats):
    evaluation = judged(
        lambda trial: trial.time("nap", 0.0, repeats=repeats).minimum, InlineSandbox(), problem
    )
    assert evaluation.status == "evaluator_error"
    assert "exclusive = true" in evaluation.feedback


def test_a_failure_before_the_first_repeat_is_the_failure_of_all(slot):
    session = slot.open({"main.py": SLEEPY}, "main.py", Limits(wall_seconds=0.2))
    with pytest.raises(CandidateFailure):
        session.call("nap", [5.0])
    with pytest.raises(CandidateFailure) as caught:
        session.time("nap", [0.0], 2)
    assert caught.value.status == "timeout"
    session.finish()


def open_session(tmp_path, *, inline):
    settings = RunConfig(recipe="hill_climb", params={"operators": ["perturb"]}, candidates=2, slots=4)
    if inline:
        evaluator = as_evaluator(lambda trial: float(sum(2**cpu for cpu in trial.call("where"))))
        return Session(tmp_path / "run", PROBLEM, settings, evaluator=evaluator)
    (tmp_path / "problem.toml").write_text(
        'name = "where"\nevaluator = "./evaluate.py"\nexclusive = true\n[genome]\nfiles = ["main.py"]\n'
    )
    (tmp_path / "evaluate.py").write_text(WHERE)
    (tmp_path / "main.py").write_text(SLEEPY)
    return Session(tmp_path / "run", load_problem(tmp_path), settings)


@pytest.mark.parametrize("inline", [True, False])
@TWO_OR_MORE
def test_a_run_has_one_slot_on_a_processor_that_the_engine_keeps_off(tmp_path, inline):
    before = os.sched_getaffinity(0)
    session = open_session(tmp_path, inline=inline)

    async def work():
        async with session:
            return (await session.preflight()).evaluation.fitness, os.sched_getaffinity(0)

    fitness, engine = asyncio.run(work())
    assert session.executor.slots == 1
    assert fitness == 2.0**session.processor
    assert engine == before - {session.processor}
    assert os.sched_getaffinity(0) == before


def test_one_processor_is_nobodys_alone(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert affinity.spare() == -1
    assert affinity.leave(-1) == frozenset()
