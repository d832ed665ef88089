"""EvoPrompting and EvoScale: rounds of samples, shown what the rounds before reached."""

import pytest
from searching import PROBLEM, ask, possible, program, prompt, searched, task, tell

from evoengine.errors import ConfigError
from evoengine.operators.rewrite import Surpass
from evoengine.problem import Objective, Problem
from evoengine.recipes import make_recipe
from evoengine.types import Evaluation

FEW = {"prompts": 2, "samples": 3, "survivors": 3, "temperatures": [0.5]}


def several(request, proposal, step):
    return [program(f"{proposal}.{sample}") for sample in range(request.n)]


def single(request, proposal, step):
    return program(f"{proposal % 3}.{proposal}")


# EvoPrompting


def test_evoprompting_samples_each_prompt_several_times_at_a_drawn_temperature():
    search = searched("evoprompting", FEW, several, 12)
    assert {(request.n, request.temperature) for request in search.requests} == {(3, 0.5)}
    assert search.told("1-2").candidate.genome["main.py"] == "X = 1.2\n"
    temperatures = {job.args["temperature"] for job in searched("evoprompting", {}, several, 160).jobs}
    assert temperatures <= {0.2, 0.6, 0.8, 1.0}
    assert len(temperatures) > 1


def test_evoprompting_shows_the_fittest_in_a_rising_series_and_names_a_target_beyond_them():
    search = searched("evoprompting", FEW, several, 18)
    third = search.jobs[4]
    assert set(third.parents) <= {"3-2", "3-1", "3-0"}
    request = search.requests[4]
    low, high = sorted(float(name.replace("-", ".")) for name in third.parents)
    assert prompt(request).index(f"X = {low}") < prompt(request).index(f"X = {high}")
    assert f"- x: {1.02 * high:.6g}" in task(request)


def test_evoprompting_admits_no_example_below_its_threshold():
    recipe = make_recipe("evoprompting", PROBLEM, {**FEW, "threshold": 0.0})
    tell(recipe, "seed-0", -5.0)
    for name, fitness in (("0-0", -1.0), ("0-1", 0.0), ("1-0", None), ("1-1", 3.0)):
        tell(recipe, name, fitness, operator="surpass")
    assert possible(recipe, 2) == {"seed-0", "0-1", "1-1"}
    assert ask(recipe, 2, told=1) is None


@pytest.mark.parametrize("params", [{"samples": 0}, {"examples": 0}, {"prompts": 0}, {"survivors": 0}])
def test_evoprompting_refuses_impossible_numbers(params):
    with pytest.raises(ConfigError, match="evoprompting"):
        make_recipe("evoprompting", PROBLEM, params)


def test_evoprompting_can_leave_the_temperature_to_the_model():
    recipe = make_recipe("evoprompting", PROBLEM, {"temperatures": []})
    tell(recipe, "seed-0", 0.0)
    assert ask(recipe, 0).args == {}


def test_a_target_goes_in_the_direction_of_each_objective():
    problem = Problem(
        "nets",
        ({"main.py": ""},),
        objectives=(Objective("accuracy"), Objective("size", "min"), Objective("x")),
    )
    values = ({"accuracy": 0.5, "size": 100.0}, {"accuracy": -1.0, "size": 200.0})
    parents = [
        tell(make_recipe("evoscale", PROBLEM), f"{n}-0", 1.0, operator="surpass") for n in range(len(values))
    ]
    parents = [
        type(known)(known.candidate, Evaluation("", "ok", 1.0, objectives))
        for known, objectives in zip(parents, values, strict=True)
    ]
    target = Surpass()._values(problem, parents, None)["target"]
    assert target == "- accuracy: 0.51\n- size: 90"
    assert Surpass()._values(PROBLEM, parents, None)["target"] == "- better than every example"


# EvoScale


def test_evoscale_conditions_each_round_on_the_best_of_the_last():
    search = searched("evoscale", {"samples": 3, "selected": 2}, single, 9)
    assert {job.parents + job.inspirations for job in search.jobs[:3]} == {("seed-0",)}
    assert {job.parents + job.inspirations for job in search.jobs[3:6]} == {("2-0", "1-0")}
    assert {job.parents + job.inspirations for job in search.jobs[6:]} == {("5-0", "4-0")}
    assert "## Inspiration" in prompt(search.requests[3])


def test_evoscale_goes_on_from_the_best_where_a_round_failed():
    recipe = make_recipe("evoscale", PROBLEM, {"samples": 1})
    tell(recipe, "seed-0", 0.0)
    tell(recipe, "0-0", 2.0, operator="rewrite")
    tell(recipe, "1-0", None, operator="rewrite")
    assert ask(recipe, 2, told=1) is None
    assert ask(recipe, 2).parents == ("0-0",)
