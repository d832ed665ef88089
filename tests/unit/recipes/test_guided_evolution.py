"""Guided evolution: personas, examples of elites, and NSGA-II's order."""

from collections import Counter
from dataclasses import replace

import pytest
from searching import PROBLEM, ask, possible, program, prompt, searched, task, tell

from evoengine import selection
from evoengine.archives import RankedPopulation
from evoengine.errors import ConfigError
from evoengine.operators.rewrite import RolePlay
from evoengine.problem import Objective
from evoengine.recipes import make_recipe
from evoengine.rng import stream
from evoengine.testing.archives import insert, scored
from evoengine.types import Evaluation

SMALL = {"initial": 4, "population": 6, "elites": 3}
NETS = replace(PROBLEM, objectives=(Objective("x"), Objective("size", "min")))


def answer(request, proposal, step):
    return program(f"{proposal}.5")


def net(trial):
    x = float(trial.genome["main.py"].split("=")[1])
    return Evaluation("", "ok", x, {"x": x, "size": abs(x) % 5}, {"tens": x})


def test_it_begins_with_mutations_of_the_seed_by_personas():
    search = searched("guided_evolution", SMALL, answer, 4)
    assert {(job.operator, *job.parents) for job in search.jobs} == {("role_play", "seed-0")}
    personas = RolePlay().personas
    assert all(any(persona in task(request) for persona in personas) for request in search.requests)
    assert all(0.05 <= request.temperature <= 0.4 for request in search.requests)


def test_later_two_are_crossed_over_or_one_is_mutated_in_their_shares():
    recipe = make_recipe("guided_evolution", PROBLEM, SMALL)
    assert ask(recipe, 0) is None
    tell(recipe, "seed-0", 0.0)
    for n in range(4):
        tell(recipe, f"{n}-0", float(n + 1), operator="role_play")
    jobs = [ask(recipe, 4 + n) for n in range(2000)]
    share = {name: count / len(jobs) for name, count in Counter(job.operator for job in jobs).items()}
    crossed = 0.35 / 1.15 * 0.7  # the same parent wins both tournaments in 0.3 of all pairs, about
    assert share["combine"] == pytest.approx(crossed, abs=0.05)
    assert share["carry_over"] / (share["carry_over"] + share["role_play"]) == pytest.approx(0.25, abs=0.04)
    assert all(len(set(job.parents)) == 2 for job in jobs if job.operator == "combine")
    heat = {job.operator: [j.args["temperature"] for j in jobs if j.operator == job.operator] for job in jobs}
    assert 0.05 <= min(heat["combine"]) < max(heat["combine"]) <= 0.1
    examples = {job.parents[1:] for job in jobs if job.operator == "carry_over"}
    assert examples == {(f"{n}-0", "seed-0") for n in (1, 2, 3)}


def test_an_elite_teaches_what_made_it_better_than_the_seed():
    search = searched("guided_evolution", {**SMALL, "crossover": 0.0, "thought": 1.0}, answer, 6)
    parent, elite, seed = (search.told(name) for name in search.jobs[5].parents)
    assert elite.evaluation.fitness > seed.evaluation.fitness
    assert seed.candidate.id == "seed-0"
    request = search.requests[5]
    assert "came of the third" in task(request)
    shown = [prompt(request).index(f"## Parent {n}") for n in (1, 2, 3)]
    assert shown == sorted(shown)
    assert parent.candidate.genome["main.py"] in prompt(request)


def test_parents_are_preferred_by_rank_over_all_objectives():
    search = searched("guided_evolution", SMALL, answer, 24, problem=NETS, evaluate=net)
    members = list(search.recipe.elites())
    assert len(members) == 6
    assert {known.evaluation.objectives["size"] for known in members} > {0.5}
    assert search.recipe.best() == "23-0"


def test_without_anything_but_the_seed_there_is_no_example():
    recipe = make_recipe("guided_evolution", PROBLEM, {**SMALL, "initial": 0, "thought": 1.0})
    tell(recipe, "seed-0", 0.0)
    assert {ask(recipe, n).operator for n in range(30)} == {"role_play"}
    assert possible(recipe, 0) == {"seed-0"}


def test_personas_and_changes_are_drawn():
    values = [RolePlay()._values(PROBLEM, (), stream(n, 0, "vary")) for n in range(200)]
    assert len({value["persona"] for value in values}) == 4
    assert len({value["change"] for value in values}) == 6


def test_the_foremost_are_of_the_best_rank_and_lonely():
    population = RankedPopulation((Objective("a"), Objective("b")), 9)
    for n, (a, b) in enumerate(((0, 9), (9, 0), (5, 5), (5.1, 4.9), (1, 1))):
        insert(population, scored(n, a, objectives={"a": float(a), "b": float(b)}))
    found = selection.foremost(population.elites(), population.ranks, population.crowding, 4)
    assert {known.candidate.proposal for known in found[:2]} == {0, 1}
    assert {known.candidate.proposal for known in found} == {0, 1, 2, 3}


@pytest.mark.parametrize("params", [{"mutation": 0.0}, {"elites": 0}, {"initial": -1}, {"population": 0}])
def test_wrong_parameters_are_refused(params):
    with pytest.raises(ConfigError, match="guided_evolution"):
        make_recipe("guided_evolution", PROBLEM, params)
