"""Measures that need no evaluator."""

import pytest

from evoengine.evaluation import as_evaluator, run_trial
from evoengine.ports import Task
from evoengine.problem import Measure, Problem
from evoengine.testing.inline import InlineSandbox
from evoengine.text.metrics import COMPUTED, METRICS

SEED = {"main.py": "def f(x):\n    return x + 1\n", "notes.md": "four words of text"}
PROBLEM = Problem("p", (SEED,), evolvable=("main.py",), main="main.py")
BRANCHY = """def f(x):
    for i in [a for a in range(3) if a]:
        if x > 1 and i or x:
            while x:
                x -= 1
    try:
        return 1 if x else 2
    except ValueError:
        return 3
"""


def measured(name, source):
    return METRICS[name]({"main.py": source, "notes.md": "other"}, PROBLEM)


def test_sizes_are_of_the_evolvable_files_alone():
    assert measured("source_length", "x = 12\n") == 7
    assert measured("token_count", "x = 12  # why\n") == 5
    assert measured("ast_size", "x = 12\n") == 5  # Module, Assign, Name, Store, Constant


def test_complexity_counts_every_decision():
    assert measured("cyclomatic_complexity", "x = 1\n") == 1
    # for, comprehension, if, and, or, while, handler, conditional expression
    assert measured("cyclomatic_complexity", BRANCHY) == 9


def test_loops_branches_and_operators_are_counted():
    assert measured("loop_count", BRANCHY) == 2
    assert measured("loop_nesting", BRANCHY) == 2
    assert measured("branch_count", BRANCHY) == 1
    assert measured("operator_count", "x = -a * (b + 1)\nx -= 1\n") == 3
    assert measured("loop_nesting", "for i in a:\n    pass\nwhile b:\n    pass\n") == 1


def test_what_does_not_parse_has_a_length_and_no_tree():
    assert measured("source_length", "def (") == 5
    assert measured("ast_size", "def (") == 0
    assert measured("cyclomatic_complexity", "def (") == 1
    assert measured("loop_nesting", "def (") == 0


def test_likeness_to_the_seed_is_one_for_the_seed_and_its_layouts():
    assert METRICS["similarity_to_seed"](SEED, PROBLEM) == 1.0
    assert METRICS["similarity_to_seed"](SEED | {"main.py": "def f( x ):\n  return (x+1)\n"}, PROBLEM) == 1.0
    assert METRICS["similarity_to_seed"]({"main.py": BRANCHY, "notes.md": ""}, PROBLEM) < 0.2


def test_projections_are_fixed_shares_and_near_for_programs_that_are_alike():
    names = [name for name in METRICS if name.startswith("projection_")]
    points = [
        [measured(name, source) for name in names] for source in (BRANCHY, BRANCHY + "y = 1\n", "z = 3\n")
    ]
    assert all(0.0 <= share <= 1.0 for point in points for share in point)
    assert points[0] == [measured(name, BRANCHY) for name in names]
    distance = [sum(abs(a - b) for a, b in zip(points[0], other, strict=True)) for other in points[1:]]
    assert distance[0] < distance[1]


@pytest.mark.parametrize("name", COMPUTED)
def test_the_engine_adds_what_a_problem_wants_computed(name):
    problem = Problem("p", (SEED,), main="main.py", measures=(Measure("m", 0.0, 9.0, 3, computed=name),))
    found = run_trial(as_evaluator(lambda trial: trial.call("f", 1)), problem, InlineSandbox(), Task(SEED))
    assert found.status == "ok"
    wanted = found.wall_seconds if name == "run_time" else METRICS[name](SEED, problem)
    assert found.measures == {"m": wanted}


def test_nothing_is_computed_of_a_candidate_that_fails():
    problem = Problem(
        "p", (SEED,), main="main.py", measures=(Measure("m", 0.0, 9.0, 3, computed="ast_size"),)
    )
    found = run_trial(as_evaluator(lambda trial: trial.call("g")), problem, InlineSandbox(), Task(SEED))
    assert (found.status, found.measures) == ("error", {})
