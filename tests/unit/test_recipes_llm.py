"""What is particular to the recipes that ask a model, and one whole scripted search of each."""

import asyncio
import time
from collections import Counter
from dataclasses import replace

import pytest
from told_recipes import ask, searched, told

from evoengine.engine import Engine
from evoengine.errors import ConfigError
from evoengine.ports import Task
from evoengine.problem import Measure
from evoengine.recipes import make_recipe
from evoengine.recipes.occasions import MOST_FAILED
from evoengine.stores import MemoryStore
from evoengine.testing.recipes import VECTOR, score_vector
from evoengine.testing.scripted import ScriptedExecutor, ScriptedLLM
from evoengine.types import Candidate, Evaluation, Job, Usage

# best_of_n


def test_best_of_n_rewrites_the_seeds_and_nothing_else():
    engine, requests, jobs = searched("best_of_n", {"operators": ["rewrite"]})
    assert {parent for job in jobs for parent in job["parents"]} == {"seed-0", "seed-1"}
    assert all("Inspiration" not in request.messages[1].content for request in requests)
    assert engine.state.spent.calls == len(requests)
    assert engine.state.best.evaluation.fitness > max(
        score_vector(Task(seed)).fitness for seed in VECTOR.seeds
    )


# sequential_refine


def test_refinement_is_a_chain_one_proposal_at_a_time():
    engine, requests, jobs = searched("sequential_refine", {"start": "last", "history": 1})
    told_proposals = {event.proposal for event in engine.store.events(("told",))}
    last = "seed-1"
    for number, job in enumerate(jobs):
        assert job["parents"] == [last]
        # A declined reply leaves no candidate, and the chain goes on from where it was.
        last = f"{number}-0" if number in told_proposals else last
    assert len(told_proposals) < len(jobs)
    assert "## Inspiration" in requests[0].messages[1].content


def test_refinement_waits_for_the_attempt_in_flight():
    recipe = make_recipe("sequential_refine", VECTOR)
    assert ask(recipe, 0) is None
    told(recipe, "seed-0", 1.0)
    assert ask(recipe, 0, in_flight=1) is None
    assert ask(recipe, 0) == Job(0, "rewrite", ("seed-0",))


def test_refinement_from_the_best_shows_the_latest_attempts():
    recipe = make_recipe("sequential_refine", VECTOR)
    told(recipe, "seed-0", 1.0)
    for n, fitness in enumerate((0.5, None, 0.7)):
        told(recipe, f"{n}-0", fitness, operator="rewrite")
    assert ask(recipe, 3) == Job(3, "rewrite", ("seed-0",), ("1-0", "2-0"))


def test_refinement_from_the_last_goes_on_from_a_failure():
    recipe = make_recipe("sequential_refine", VECTOR, {"start": "last", "operators": ["combine"]})
    told(recipe, "seed-0", 1.0)
    told(recipe, "0-0", None, operator="combine")
    assert ask(recipe, 1) == Job(1, "combine", ("0-0", "0-0"), ("seed-0",))


def test_refinement_can_do_without_history():
    recipe = make_recipe("sequential_refine", VECTOR, {"history": 0})
    told(recipe, "seed-0", 1.0)
    told(recipe, "0-0", 0.5, operator="rewrite")
    assert ask(recipe, 1) == Job(1, "rewrite", ("seed-0",))


@pytest.mark.parametrize(
    ("name", "params", "key"),
    [
        ("sequential_refine", {"start": "first"}, "start"),
        ("sequential_refine", {"history": -1}, "history"),
        ("alphaevolve", {"inspirations": -1}, "inspirations"),
        ("alphaevolve", {"notes_every": -1}, "notes"),
        ("alphaevolve", {"instructions_every": -1}, "instructions"),
        ("alphaevolve", {"islands": 0}, "islands"),
    ],
)
def test_wrong_parameters_are_refused(name, params, key):
    with pytest.raises(ConfigError, match=key):
        make_recipe(name, VECTOR, params)


# Arms


TWO_MODELS = ["rewrite(cheap)", "rewrite(dear, 0.5)"]


def test_a_job_carries_its_arms_model_and_temperature():
    _, requests, jobs = searched("best_of_n", {"operators": TWO_MODELS})
    assert {(request.model, request.temperature) for request in requests} == {("cheap", None), ("dear", 0.5)}
    assert {job["operator"] for job in jobs} == set(TWO_MODELS)


@pytest.mark.parametrize("bandit", ["thompson", "ucb"])
def test_of_models_that_gain_alike_the_cheaper_is_asked_more_often(bandit):
    recipe = make_recipe("hill_climb", VECTOR, {"operators": TWO_MODELS, "bandit": bandit})
    told(recipe, "seed-0", 0.0)
    for n in range(60):
        fitness = n / 10 if n % 6 < 2 else -1.0
        arm, dollars = (TWO_MODELS[n % 2], (0.01, 0.1)[n % 2])
        evaluation = Evaluation(f"{n}-0", "ok", fitness, usage=Usage(1, 1, 9, 9, dollars))
        recipe.tell(Candidate(f"{n}-0", VECTOR.seeds[0], f"d{n}", operator=arm), evaluation)
    asked = Counter(ask(recipe, proposal).operator for proposal in range(200))
    assert asked["rewrite(cheap)"] > 150
    assert recipe.arms()["rewrite(dear, 0.5)"]["cost"] / recipe.arms()["rewrite(cheap)"]["cost"] > 5


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"novelty": "much"}, "novelty must be off, similarity or judge"),
        ({"bandit": "greedy"}, "bandit must be thompson or ucb"),
        ({"operators": "edit"}, "a list of names is expected"),
        ({"operators": ["rewrit(small)"]}, "no operator is called 'rewrit'"),
        ({"operators": [5]}, "no operator is called '5'"),
        ({"operators": ["repair", "aim(small)"]}, "give another one beside them"),
    ],
)
def test_what_no_bandit_can_choose_among_is_refused(params, message):
    with pytest.raises(ConfigError, match=message):
        make_recipe("hill_climb", VECTOR, params)


@pytest.mark.parametrize("novelty", ["similarity", "judge"])
def test_what_is_not_novel_is_rejected_before_it_is_evaluated(novelty):
    params = {"operators": ["rewrite", "gaussian"], "novelty": novelty}
    reply = "```json x.json\n[0.9, 0.9, 0.9]\n```"
    llm = ScriptedLLM(
        lambda request, proposal, step: ["no" if request.role == "judge" else reply], vectors=lambda _: [1.0]
    )
    store = MemoryStore()
    header = {"seed": 1, "window": 1, "budget": {"candidates": 8}}
    executor = ScriptedExecutor(score_vector)
    recipe = make_recipe("hill_climb", VECTOR, params)
    engine = Engine(VECTOR, recipe, store, executor, header=header, clock=time.monotonic, llm=llm)
    asyncio.run(engine.run())
    reasons = {event.body.get("reason") for event in store.events(("abandoned",))}
    assert reasons == {"not_novel"}
    assert ("judge" in {request.role for request in llm.requests}) == (novelty == "judge")


# aim and repair


def test_a_failed_candidate_is_repaired_once():
    recipe = make_recipe("hill_climb", VECTOR, {"operators": ["gaussian", "repair(small)"]})
    told(recipe, "seed-0", 0.0)
    assert {ask(recipe, n).operator for n in range(60)} == {"gaussian"}
    told(recipe, "0-0", None, operator="gaussian")
    told(recipe, "1-0", None, operator="gaussian")
    repairs = [job for n in range(60) if (job := ask(recipe, n)).operator == "repair(small)"]
    assert {job.parents for job in repairs} == {("0-0",), ("1-0",)}
    assert repairs[0].args == {"model": "small"}
    recipe.abandon(repairs[0], Usage(calls=3))
    left = {job.parents for n in range(60) if (job := ask(recipe, n)).operator == "repair(small)"}
    assert left == {("0-0",), ("1-0",)} - {repairs[0].parents}


def test_only_what_a_candidate_did_is_repaired():
    recipe = make_recipe("hill_climb", VECTOR, {"operators": ["gaussian", "repair"]})
    told(recipe, "seed-0", 0.0)
    for status in ("pruned", "sandbox_failure", "evaluator_error"):
        recipe.tell(Candidate("0-0", {}, "d"), Evaluation("0-0", status))
    assert {ask(recipe, n).operator for n in range(60)} == {"gaussian"}
    for n in range(MOST_FAILED + 5):
        told(recipe, f"{n}-0", None)
    repaired = {ask(recipe, n).parents[0] for n in range(500) if ask(recipe, n).operator == "repair"}
    assert repaired <= {f"{n}-0" for n in range(5, MOST_FAILED + 5)}


def test_aim_names_an_empty_cell_beside_the_parent_and_else_the_weakest():
    line = replace(VECTOR, measures=(Measure("first", 0.0, 1.0, 4),))
    recipe = make_recipe("map_elites", line, {"operators": ["rewrite", "aim"]})
    for n, (first, fitness) in enumerate([(0.1, 5.0), (0.4, 1.0), (0.6, 3.0)]):
        told(recipe, f"{n}-0", fitness, first=first)
    aimed = {(job.parents[0], job.cell) for n in range(200) if (job := ask(recipe, n)).operator == "aim"}
    assert aimed == {("0-0", (1,)), ("1-0", (2,)), ("2-0", (3,))}


def test_aim_takes_no_turn_where_there_is_one_cell_or_no_grid():
    for name, problem in (("hill_climb", VECTOR), ("map_elites", replace(VECTOR, measures=()))):
        recipe = make_recipe(name, problem, {"operators": ["rewrite", "aim"]})
        told(recipe, "seed-0", 0.0)
        assert {ask(recipe, n).operator for n in range(60)} == {"rewrite"}


@pytest.mark.parametrize("name", ["alphaevolve", "islands", "map_elites"])
def test_whole_searches_aim_and_repair(name):
    _, requests, jobs = searched(name, {"operators": ["rewrite", "gaussian", "aim", "repair"]}, candidates=60)
    assert {job["operator"] for job in jobs} >= {"rewrite", "gaussian", "aim"}
    assert any("cell" in job for job in jobs)
    assert all(("cell" in job) == (job["operator"] == "aim") for job in jobs)
    assert any("fall into this target" in request.messages[1].content for request in requests)


def test_a_recipe_remembers_the_latest_candidates_of_an_operator():
    recipe = make_recipe("hill_climb", VECTOR)
    latest, valid = recipe.remember("explore", 2), recipe.remember("rewrite", 1, valid=True)
    for number, (fitness, operator) in enumerate(
        [(1.0, "explore"), (2.0, "rewrite"), (None, "explore"), (None, "rewrite"), (0.0, "explore")]
    ):
        told(recipe, f"{number}-0", fitness, operator=operator)
    assert [candidate.id for candidate in latest] == ["2-0", "4-0"]
    assert [candidate.id for candidate in valid] == ["1-0"]
