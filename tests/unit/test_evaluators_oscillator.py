import math

import numpy as np
import pytest

from evaluators.fitting import fit
from evaluators.oscillator import OUTSIDE, TEST, TRAIN, Oscillator, draw_law, draw_points, tree_size
from evoengine.evaluation import Invalid, run_trial
from evoengine.ports import Task
from evoengine.problem import Measure, Objective, Problem
from evoengine.testing.inline import InlineSandbox

LAW_0 = """
import numpy as np

def equation(x, v, t, params):
    a, b, c, d, e, f, g, _, _, _ = params
    return a * np.sin(b * x) + (c * x**2 + d) * v + e * np.sin(f * t) * x + g * x * v
"""
PROBLEM = Problem(
    "oscillator",
    ({"law.py": LAW_0},),
    main="law.py",
    objectives=(Objective("log_nmse", "min"),),
    measures=(Measure("tree_size", 0, 200, 20), Measure("constants_used", -0.5, 10.5, 11)),
)


def evaluate(source, law=0):
    return run_trial(Oscillator(law), PROBLEM, InlineSandbox(), Task({"law.py": source}))


def returning(expression):
    return f"import numpy as np\ndef equation(x, v, t, params):\n    return {expression}\n"


def test_the_hidden_law_reaches_the_floor_and_extrapolates():
    result = evaluate(LAW_0)
    assert result.status == "ok"
    assert result.objectives == {"log_nmse": -12.0}
    assert result.measures["constants_used"] == 7
    assert result.artifacts["held_out"].endswith("log_nmse -12.0000")


def test_the_mean_alone_is_worth_nothing():
    result = evaluate(returning("0 * x + params[0]"))
    assert result.objectives["log_nmse"] == pytest.approx(0.0, abs=0.05)
    assert result.measures["constants_used"] == 1
    assert "largest errors of the fit:" in result.feedback


def test_the_fit_is_that_of_linear_least_squares():
    train = draw_points(0, TRAIN)
    design = np.column_stack([train.x, train.v, np.ones_like(train.x)])
    solution = np.linalg.lstsq(design, train.acceleration, rcond=None)[0]
    test = draw_points(0, TEST)
    error = np.column_stack([test.x, test.v, np.ones_like(test.x)]) @ solution - test.acceleration
    expected = math.log10(np.mean(error**2) / test.acceleration.var())
    result = evaluate(returning("params[0] * x + params[1] * v + params[2]"))
    assert result.objectives["log_nmse"] == pytest.approx(expected, abs=1e-6)
    shown = result.feedback.splitlines()[1].removeprefix("fitted constants: ").split(", ")
    assert [float(c) for c in shown[:3]] == pytest.approx(solution, abs=1e-4)
    assert shown[3:] == ["1"] * 7


def test_a_fit_that_meets_nothing_finite_on_its_way_goes_on():
    grows = evaluate(returning("params[0] * np.where(params[0] > 3, np.inf, 1.0) * x"))
    assert grows.status == "ok"
    fails_nearby = evaluate(returning("np.where(params[0] == 1.0, x, np.nan)"))
    assert fails_nearby.status == "ok"
    assert fails_nearby.measures["constants_used"] == 0


def test_a_huge_error_is_cut():
    result = evaluate(returning("1e99 * x"))
    assert result.objectives == {"log_nmse": 3.0}


@pytest.mark.parametrize(
    "expression", ["[]", "x + np.nan", "x > 0", "1j * x", "1e200 * x", "0.0", "None", "x[:9]"]
)
def test_what_is_no_prediction_is_invalid(expression):
    result = evaluate(returning(expression))
    assert result.status == "invalid"
    assert result.feedback.startswith("equation(x, v, t, params)")


def test_state_from_the_fit_is_lost_before_the_scoring():
    counts = "calls = []\n" + returning("calls.append(1) or (x if len(calls) == 1 else params[0] * x)")
    fresh = evaluate(counts)
    assert fresh.objectives == evaluate(returning("x")).objectives


@pytest.mark.parametrize("law", range(12))
def test_laws_are_finite_distinct_and_independent_of_each_state_s_neighbours(law):
    inside, outside = draw_points(law, TRAIN), draw_points(law, OUTSIDE)
    for points, reach, since in ((inside, 2.0, 0.0), (outside, 3.0, 10.0)):
        assert np.isfinite(points.acceleration).all()
        assert points.acceleration.std() > 0.5
        assert np.abs([points.x, points.v]).max() <= reach
        assert since <= points.t.min() <= points.t.max() <= since + 10
        one = draw_law(law)(points.x[:1], points.v[:1], points.t[:1])
        assert one == pytest.approx(points.acceleration[:1])
    other = draw_law(law + 1)(inside.x, inside.v, inside.t)
    assert np.corrcoef(other, inside.acceleration)[0, 1] < 0.999


@pytest.mark.parametrize(
    ("source", "size"),
    [("", 0), ("'''Only a docstring.'''", 0), ("x = 1", 3), ("def f(x):\n    'Doc.'\n    return x + 1", 5)],
)
def test_tree_size_counts_statements_and_expressions(source, size):
    assert tree_size(source) == size


def test_a_tree_too_deep_is_refused():
    with pytest.raises(Invalid, match="nested too deeply"):
        tree_size("-" * 100_000 + "1")


def rosenbrock(constants):
    return [np.array([10 * (c[1] - c[0] ** 2), 1 - c[0]]) for c in constants]


def test_the_fit_solves_rosenbrock_s_valley():
    found = fit(rosenbrock, [np.array([-1.2, 1.0])])
    assert found.constants == pytest.approx([1.0, 1.0], abs=1e-5)
    assert found.constants_used == 2
    assert found.residual @ found.residual < 1e-10


def test_a_descent_that_never_settles_ends():
    calls = []

    def flattens(constants):
        calls.append(len(constants))
        return [np.exp(-c / 1e3) for c in constants]

    found = fit(flattens, [np.array([0.0])])
    assert found.constants[0] > 1e3
    assert len(calls) <= 51


def test_the_best_start_wins_and_failing_starts_are_passed_over():
    def residuals(constants):
        """Two valleys, at 2 and, less deep, near -2; nothing below -5."""
        return [Invalid("no") if c < -5 else np.array([c**2 - 4, c - 2]) for (c,) in constants]

    starts = [np.array([-9.0]), np.array([-3.0]), np.array([3.0]), np.array([1.0])]
    found = fit(residuals, starts)
    assert found.constants == pytest.approx([2.0], abs=1e-6)
    assert fit(residuals, starts[:2]).constants == pytest.approx([-1.7], abs=0.2)
    with pytest.raises(Invalid, match="no"):
        fit(residuals, starts[:1])
    with pytest.raises(Invalid, match="nothing to start from"):
        fit(residuals, [])
