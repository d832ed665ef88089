"""What is particular to each recipe."""

import inspect
from collections import Counter

import pytest

from evoengine.errors import ConfigError
from evoengine.operators import OPERATORS
from evoengine.problem import Problem
from evoengine.recipes import RECIPES, make_recipe, parameters
from evoengine.rng import stream
from evoengine.testing.recipes import VECTOR
from evoengine.types import Candidate, Evaluation, Job, Known, Usage, View


def told(recipe, name, fitness, *, operator="seed", first=0.0, half="left", island=0):
    """Tell a recipe of a candidate; no fitness: it failed."""
    status = "error" if fitness is None else "ok"
    measures, objectives = {"first": first, "half": half}, {"fitness": fitness or 0.0}
    evaluation = Evaluation(name, status, fitness, objectives, measures, usage=Usage(1))
    candidate = Candidate(name, VECTOR.seeds[0], f"d{name}", operator=operator, island=island)
    return recipe.tell(candidate, evaluation)


def parents(recipe, count=400, *, first_proposal=0, **view):
    """Give how often each candidate is the first parent."""
    counts = Counter()
    for proposal in range(first_proposal, first_proposal + count):
        job = recipe.ask(View(proposal, proposal, 0, **view), stream(1, proposal, "ask"))
        counts[job.parents[0]] += 1
    return counts


MIXED = [name for name in RECIPES if "operators" in parameters(name)]
"""Those that choose among operators named by a parameter."""

WITHOUT_MODEL = [name for name in MIXED if not parameters(name)["operators"]]
"""Those whose operators are by default what suits the genome."""


@pytest.fixture(params=list(RECIPES))
def name(request):
    return request.param


def test_every_recipe_says_what_it_is_and_where_it_comes_from(name):
    recipe = RECIPES[name]
    assert 10 < len(recipe.summary) < 100
    assert any(character.isdigit() for character in recipe.source) or "folklore" in recipe.source
    assert inspect.getdoc(recipe)


@pytest.mark.parametrize("name", MIXED)
def test_every_recipe_with_a_choice_takes_its_operators_by_name(name):
    recipe = make_recipe(name, VECTOR, {"operators": ["gaussian"]})
    told(recipe, "seed-0", 1.0)
    jobs = [recipe.ask(View(n, n, 0), stream(1, n, "ask")) for n in range(8)]
    assert {job.operator for job in jobs} == {"gaussian"}
    assert all(len(job.parents) == OPERATORS["gaussian"]().arity for job in jobs)


@pytest.mark.parametrize("name", WITHOUT_MODEL)
def test_every_recipe_gives_each_operator_as_many_parents_as_it_takes(name):
    recipe = make_recipe(name, VECTOR)
    for n in range(3):
        told(recipe, f"seed-{n}", float(n))
    jobs = [recipe.ask(View(n, n, 0), stream(1, n, "ask")) for n in range(50)]
    assert {job.operator for job in jobs} == {"iso_line", "gaussian"}
    assert all(len(job.parents) == OPERATORS[job.operator]().arity for job in jobs)


@pytest.mark.parametrize("name", WITHOUT_MODEL)
def test_every_recipe_credits_the_operator_that_gains(name):
    recipe = make_recipe(name, VECTOR)
    told(recipe, "seed-0", 0.0)
    before = recipe.mix.probabilities()
    for n in range(60):
        told(recipe, f"{n}-0", n / 10, operator="gaussian", first=n / 60)
        recipe.abandon(Job(n, "iso_line"), Usage(evaluations=1))
    after = recipe.mix.probabilities()
    if name == "random_search":  # fitness decides nothing there, not even which operator
        assert after == before
        return
    assert after["gaussian"] > before["gaussian"]
    assert after["iso_line"] < before["iso_line"]


def test_an_operator_that_a_recipe_does_not_know_is_told_all_the_same(name):
    recipe = make_recipe(name, VECTOR)
    assert told(recipe, "0-0", 1.0, operator="injected").kind == "new"
    assert recipe.best() == "0-0"


GOES_ON_FROM_FAILURES = {"reflexion", "optoprime"}
"""Chains that go on from the last attempt, whatever came of it."""


def test_no_recipe_varies_what_failed(name):
    if name in GOES_ON_FROM_FAILURES:
        return
    recipe = make_recipe(name, VECTOR)
    told(recipe, "seed-0", None)
    assert recipe.ask(View(0, 0, 0), stream(1, 0, "ask")) is None
    told(recipe, "seed-1", 1.0)
    told(recipe, "0-0", None, operator="gaussian")
    assert set(parents(recipe, 40)) == {"seed-1"}


def test_best_of_n_varies_the_seeds_in_turn_whatever_comes_of_it():
    recipe = make_recipe("best_of_n", VECTOR)
    for n in range(3):
        told(recipe, f"seed-{n}", 1.0)
    told(recipe, "0-0", 5.0, operator="gaussian")
    assert recipe.best() == "0-0"
    jobs = [recipe.ask(View(n, n, 0), stream(1, n, "ask")) for n in range(30)]
    assert [job.parents[0] for job in jobs] == [f"seed-{n % 3}" for n in range(30)]
    pairs = [job.parents for job in jobs if len(job.parents) == 2]
    assert pairs
    assert all(int(second[-1]) == (int(first[-1]) + 1) % 3 for first, second in pairs)


def test_random_search_forgets_the_oldest_and_never_looks_at_fitness():
    recipe = make_recipe("random_search", VECTOR, {"memory": 3})
    for n, fitness in enumerate((9.0, 1.0, 5.0, -2.0)):
        told(recipe, f"{n}-0", fitness, operator="gaussian")
    counts = parents(recipe, 600)
    assert set(counts) == {"1-0", "2-0", "3-0"}
    assert min(counts.values()) > 150
    assert recipe.best() == "0-0"


def test_hill_climb_varies_the_best_alone_or_as_many_as_it_is_wide():
    narrow, wide = (make_recipe("hill_climb", VECTOR, {"width": width}) for width in (1, 2))
    for recipe in (narrow, wide):
        for n, fitness in enumerate((1.0, 3.0, 2.0, 0.0)):
            told(recipe, f"{n}-0", fitness, operator="gaussian")
    assert set(parents(narrow, 50)) == {"1-0"}
    assert set(parents(wide, 50)) == {"1-0", "2-0"}


def test_map_elites_varies_any_elite_alike():
    recipe = make_recipe("map_elites", VECTOR)
    for n, (fitness, first, half) in enumerate(
        ((1.0, 0.0, "left"), (2.0, 0.0, "left"), (0.0, 0.9, "left"), (-5.0, 0.0, "right"))
    ):
        told(recipe, f"{n}-0", fitness, operator="gaussian", first=first, half=half)
    counts = parents(recipe, 600)
    assert set(counts) == {"1-0", "2-0", "3-0"}
    assert min(counts.values()) > 150


def test_map_elites_climbs_a_hill_where_there_are_no_measures():
    recipe = make_recipe("map_elites", Problem("flat", VECTOR.seeds))
    for n, fitness in enumerate((1.0, 3.0, 2.0)):
        told(recipe, f"{n}-0", fitness, operator="gaussian")
    assert set(parents(recipe, 20)) == {"1-0"}


def test_islands_take_turns_and_keep_to_themselves_until_they_exchange():
    recipe = make_recipe("islands", VECTOR, {"islands": 2, "migrate_every": 4})
    told(recipe, "seed-0", 0.0)
    told(recipe, "0-0", 5.0, operator="gaussian", island=0)
    told(recipe, "1-0", 1.0, operator="gaussian", island=1)
    for n in range(20):
        job = recipe.ask(View(n, n, 0), stream(1, n, "ask"))
        assert job.island == n % 2
        assert set(job.parents) <= ({"0-0"} if n % 2 == 0 else {"1-0"})
    told(recipe, "2-0", None, operator="gaussian")
    told(recipe, "3-0", 0.5, operator="gaussian", island=1, first=0.9)
    odd = Counter(recipe.ask(View(n, n, 0), stream(1, n, "ask")).parents[0] for n in range(1, 101, 2))
    assert "0-0" in odd


def test_greed_varies_the_best_of_an_island_more_often():
    shares = []
    for greed in (0.0, 1.0):
        recipe = make_recipe("islands", VECTOR, {"islands": 1, "greed": greed, "contestants": 1})
        for n in range(4):
            told(recipe, f"{n}-0", float(n), operator="gaussian", first=n / 4)
        shares.append(parents(recipe, 200)["3-0"] / 200)
    assert shares[0] < 0.4
    assert shares[1] == 1.0


def test_parameters_are_shown_with_their_defaults():
    assert parameters("islands") == {
        "islands": 4,
        "migrate_every": 200,
        "greed": 0.3,
        "contestants": 3,
        "operators": (),
    }
    assert parameters("best_of_n") == {"operators": ()}


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("hillclimb", {}, "no recipe is called 'hillclimb'"),
        ("hill_climb", {"depth": 3}, "params.depth: the recipe 'hill_climb' has no such parameter"),
        ("hill_climb", {"width": 0}, "params of the recipe 'hill_climb': .*0"),
        ("hill_climb", {"width": "wide"}, "params of the recipe 'hill_climb'"),
        ("islands", {"islands": 0}, "params of the recipe 'islands': .*islands"),
        ("map_elites", {"operators": ["shuffle"]}, "no operator is called 'shuffle'"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_named(name, params, words):
    with pytest.raises(ConfigError, match=words) as raised:
        make_recipe(name, VECTOR, params)
    assert raised.value.cure


def test_recipes_answer_with_what_they_hold():
    recipe = make_recipe("hill_climb", VECTOR)
    told(recipe, "seed-0", 1.0)
    [elite] = recipe.elites()
    assert isinstance(elite, Known)
    assert (elite.candidate.id, recipe.stats()["num_elites"]) == ("seed-0", 1)


def test_a_genome_that_only_a_model_can_vary_is_refused_with_the_cure():
    with pytest.raises(ConfigError, match=r"only a model can vary main\.c") as refused:
        make_recipe("hill_climb", Problem("c", ({"main.c": "int x;"},)))
    assert "--model" in refused.value.cure
