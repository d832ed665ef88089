"""Curves of runs, and recipes beside one another."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from made_run import known, make_run

from evoengine.budget import Budget
from evoengine.problem import Objective
from evoengine.report import Compared, Comparison, Curve, Run, read_curve
from evoengine.types import Known, Usage

UP, DOWN = Objective("fitness"), Objective("length", "min", "m")


def spent(*evaluations, dollars=0.0):
    return [Usage(evaluations=n, dollars=dollars * n) for n in evaluations]


def curve(steps, *, total=10, dollars=0.0):
    """A curve by evaluations and values."""
    return Curve(spent(*steps, dollars=dollars), list(steps.values()), spent(total, dollars=dollars)[0])


# Curves


def test_a_curve_is_read_from_what_a_run_has_told(tmp_path):
    run = Run(make_run(tmp_path))
    found = read_curve(run, UP, Budget())
    # The seed, 0-0, (1-0 is worse, 2-0 fails), 3-0; then failures, and two evaluations for nothing.
    assert [usage.evaluations for usage in found.spent] == [1, 2, 5]
    assert found.values == [0.0, 2.0, 3.0]
    assert (found.value, found.total.evaluations) == (3.0, 9)


def test_what_was_told_beyond_the_budget_is_left_out(tmp_path):
    run = Run(make_run(tmp_path))
    found = read_curve(run, UP, Budget(evaluations=4))
    assert (found.values, found.total.evaluations) == ([0.0, 2.0], 4)
    assert read_curve(run, UP, Budget(evaluations=8)).total.evaluations == 7, "the last two came together"
    assert read_curve(run, UP, Budget(dollars=1.0)).total.evaluations == 9


def test_an_objective_to_be_made_small_is_read_in_its_own_direction(tmp_path):
    assert read_curve(Run(make_run(tmp_path)), DOWN, Budget()).values == [0.0, -2.0, -3.0]


def test_a_best_candidate_that_sinks_when_it_is_evaluated_again_takes_the_curve_down(tmp_path):
    lucky = known("0-0", value=5, parents=["seed-0"], proposal=0, operator="tune")
    again = replace(lucky.candidate, id="2-0", proposal=2, operator="reevaluate")
    sober = replace(lucky.evaluation, candidate="2-0", fitness=1.0, objectives={"fitness": 1.0}, repeats=4)
    solid = known("1-0", value=3, parents=["seed-0"], proposal=1, operator="tune")
    run = Run(make_run(tmp_path, told=[lucky, solid, Known(again, sober), replace_id(lucky, "3-0", 3)]))
    found = read_curve(run, UP, Budget())
    # The program that scored 5 once, and 1 on average, does not come back with its first score.
    assert found.values == [0.0, 5.0, 3.0]
    assert found.checked is None


def replace_id(one, name, proposal):
    return Known(replace(one.candidate, id=name, proposal=proposal), replace(one.evaluation, candidate=name))


def test_where_the_best_was_checked_its_value_is_what_the_check_found():
    one = Curve(spent(1, 5), [0.0, 4.0], spent(10)[0], 2.5)
    assert (one.value, one.values[-1]) == (2.5, 4.0)
    assert comparison(compared("base", [one])).rows[0].median == 2.5


def test_a_run_without_a_valid_candidate_has_no_curve(tmp_path):
    assert read_curve(Run(make_run(tmp_path)), UP, Budget(evaluations=0)) is None


def test_a_curve_is_a_step_function_and_its_area_a_mean():
    one = curve({2: 1.0, 5: 3.0})
    assert one.at("evaluations", np.array([0.0, 1.0, 2.0, 4.0, 5.0, 99.0])).tolist() == [1, 1, 1, 1, 3, 3]
    assert one.area(10) == pytest.approx((4 * 1.0 + 6 * 3.0) / 10)
    assert curve({1: 2.0}).area(7) == 2.0


def test_a_target_is_reached_from_the_objectives_own_side():
    up, down = curve({1: 0.0, 4: 2.0}), curve({1: 9.0, 6: 4.0})
    assert up.first(2.0, UP).evaluations == 4
    assert up.first(2.5, UP) is None
    assert down.first(5.0, DOWN).evaluations == 6
    assert down.first(3.0, DOWN) is None


# Comparisons


def compared(recipe, curves):
    return [
        Compared(recipe, seed, f"c/{recipe}-{seed}", "done", curve=one, offspring_ok=1)
        for seed, one in enumerate(curves)
    ]


def comparison(runs, objective=UP, **settings):
    fields = {"budget": Budget(evaluations=10), "target": None, "baseline": "base"} | settings
    return Comparison("toy", objective, "c", runs=runs, **fields)


BASE = compared("base", [curve({1: 0.0, 5: value}) for value in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)])
GOOD = compared("good", [curve({1: 0.0, 3: value}) for value in (4.0, 5.0, 6.0, 7.0, 8.0, 9.0)])


def test_the_rows_stand_in_the_order_of_their_medians():
    good, base = comparison([*BASE, *GOOD], target=5.0).rows
    assert (good.recipe, good.finished, good.runs, good.median) == ("good", 6, 6, 6.5)
    assert good.quartiles == (5.25, 7.75)
    # Of 36 pairs ours wins 30 and draws 3 (4, 5 and 6): 3 + 4 + 5 + 6 + 6 + 6 = 30.
    assert good.better == (30 + 3 / 2) / 36
    assert good.interval[0] < 6.5 < good.interval[1]
    assert good.better_interval[0] < good.better < good.better_interval[1]
    assert good.area == pytest.approx(0.8 * 6.5)
    assert (good.reached, good.evaluations_to_target, good.dollars_to_target) == (5, 3, 0.0)
    assert (base.recipe, base.better, base.better_interval) == ("base", None, None)
    assert (base.reached, base.evaluations_to_target) == (2, None), "most runs never got there"


def test_of_an_objective_to_be_made_small_the_least_median_is_first_and_better():
    rows = comparison([*BASE, *GOOD], DOWN).rows
    assert [row.recipe for row in rows] == ["base", "good"]
    assert rows[1].better == (3 / 2 + 3) / 36


def test_runs_that_are_not_done_count_in_no_figure():
    broken = Compared("good", 6, "c/good-6", "EvaluatorError", "it raised\non line 3")
    never = [Compared("never", 0, "c/never-0", "interrupted")]
    found = comparison([*BASE, *GOOD[:2], broken, *never])
    good, _, nothing = found.rows
    assert (good.finished, good.runs, good.median, good.interval) == (2, 3, 4.5, None)
    assert (nothing.recipe, nothing.finished, nothing.runs, nothing.median) == ("never", 0, 1, None)
    assert "never" not in found.sketch()
    assert "never" not in found.plot()
    body = found.to_json()
    assert [run["value"] for run in body["runs"] if run["recipe"] == "good"] == [4.0, 5.0, None]
    assert body["runs"][8]["message"] == "it raised\non line 3"


def test_without_a_finished_baseline_nothing_is_better():
    (row,) = comparison(GOOD).rows
    assert row.better is None
    assert row.median == 6.5


def test_the_table_shows_what_there_is():
    lines = comparison([*BASE, *GOOD]).table.splitlines()
    assert " ".join(lines[0].split()) == "recipe runs median quartiles 95% interval better 95% of it area"
    assert " ".join(lines[1].split()) == "good 6/6 6.5 5.25 .. 7.75 4.5 .. 8.5 0.88 0.64 .. 1 5.2"
    assert lines[2].split()[:4] == ["base", "(baseline)", "6/6", "3.5"]
    paid = compared("paid", [curve({1: 0.0, 3: 8.0}, dollars=0.5)])
    with_target = comparison([*BASE, *paid], target=8.0).table
    assert with_target.splitlines()[0].endswith("dollars  reached  evaluations to it  dollars to it")
    assert with_target.splitlines()[1].split()[-4:] == ["5", "1/1", "3", "1.5"]
    assert with_target.splitlines()[2].split()[-4:] == ["0", "0/6", "-", "-"]


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        (GOOD, "intervals: 95%, percentile bootstrap; better: P(a run beats one of base)"),
        (GOOD[:3], "none from 3 finished runs can hold the median with 95%; their whole range does with 75%"),
        (GOOD[:1], "none from 1 finished run can hold the median with 95%; run 6 seeds or more"),
        ([], "none from 0 finished runs"),
    ],
)
def test_few_runs_get_no_interval_and_are_told_why(runs, words):
    (note,) = comparison(runs).notes
    assert words in note


def test_the_sketch_has_a_line_of_bars_for_each_recipe_on_one_scale():
    first, second, scale = comparison([*BASE, *GOOD]).sketch(10).splitlines()
    assert first == "good |▁▁▁███████| 6.5"
    assert second == "base |▁▁▁▁▁▅▅▅▅▅| 3.5"
    assert scale.strip() == "0 to 10 evaluations; ▁ 0  █ 6.5"
    assert comparison([]).sketch() == ""
    flat = comparison(compared("flat", [curve({1: 2.0})])).sketch(3)
    assert flat.splitlines()[0] == "flat |▁▁▁| 2"


def test_the_plot_has_a_panel_for_dollars_where_some_were_spent():
    free = ET.fromstring(comparison([*BASE, *GOOD], DOWN).plot())
    texts = [text.text for text in free.iter("{http://www.w3.org/2000/svg}text")]
    assert "evaluations" in texts
    assert "dollars" not in texts
    assert "length (m), lower is better" in texts
    paid = comparison(compared("base", [curve({1: 0.0, 3: 8.0}, dollars=0.5)]))
    assert "dollars" in paid.plot()


def test_the_frame_and_the_json_are_plain_data():
    found = comparison([*BASE, *GOOD], target=5.0)
    body = found.to_json()
    assert body["recipes"] == found.frame()
    assert body["recipes"][0]["median"] == 6.5
    assert (body["budget"], body["direction"], body["baseline"]) == ({"evaluations": 10}, "max", "base")
    assert [run["evaluations_to_target"] for run in body["runs"]][:6] == [None, None, None, None, 5, 5]
    assert [run["dollars_to_target"] for run in body["runs"]][6:] == [None, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert comparison(BASE).to_json()["runs"][5]["evaluations_to_target"] is None


def test_without_a_budget_of_evaluations_areas_are_over_the_shortest_run():
    short = compared("base", [curve({1: 0.0, 3: 4.0}, total=4), curve({1: 0.0, 3: 4.0}, total=8)])
    (row,) = comparison(short, budget=Budget(dollars=5.0)).rows
    assert row.area == 2.0
