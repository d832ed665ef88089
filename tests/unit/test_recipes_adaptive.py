"""What adaptive does when: greed, stall, which operators, what they are credited with."""

import pytest

from evoengine.archives import LedGrid
from evoengine.errors import ConfigError
from evoengine.operators import SYNTACTIC
from evoengine.operators.arms import Arm
from evoengine.operators.bandits import Thompson
from evoengine.operators.mix import Mix
from evoengine.operators.novel import Novel
from evoengine.problem import Problem
from evoengine.recipes import make_recipe
from evoengine.rng import stream
from evoengine.stalling import Pull
from evoengine.testing.recipes import VECTOR
from evoengine.types import Candidate, Evaluation, Job, Usage, View

PROGRAM = Problem("p", ({"main.py": "x = 0.5\n"},))


def told(recipe, name, fitness, *, operator="perturb", first=0.0, evaluations=1):
    """Tell a recipe of a candidate; no fitness: it failed."""
    status = "error" if fitness is None else "ok"
    measures = {"first": first, "half": "left"}
    usage = Usage(evaluations=evaluations)
    evaluation = Evaluation(name, status, fitness, measures=measures, usage=usage)
    return recipe.tell(Candidate(name, VECTOR.seeds[0], f"d{name}", operator=operator), evaluation)


def parents(recipe, proposals=400):
    """Give how often the best is the first parent."""
    jobs = [recipe.ask(View(n, n, 0), stream(1, n, "ask")) for n in range(proposals)]
    return sum(job.parents[0] == recipe.best() for job in jobs) / proposals


def filled(**params):
    """Give a recipe with ten elites, one a cell, the best of them the last."""
    recipe = make_recipe("adaptive", VECTOR, params)
    for n in range(10):
        told(recipe, f"c{n}", n / 10, operator="seed" if n == 0 else "gaussian", first=n / 5 - 0.95)
    return recipe


# the pull


def test_greed_pays_at_first_and_stalls_without_gains():
    pull = Pull(0.01)
    assert pull.paying == 1.0
    for _ in range(300):
        pull.fold(0.0, 1)
    assert pull.paying < 0.001
    pull.fold(1.0, 1)
    assert pull.paying == 1.0


def test_gains_in_the_last_digits_count_as_none():
    pull = Pull(0.01)
    assert pull.fold(2.0, 1) == 2.0
    assert pull.fold(1e-3, 40) == 1e-3
    assert pull.fold(1e-6, 1) == 0.0
    recipe = make_recipe("adaptive", VECTOR)
    for name, fitness in (("c0", 0.0), ("c1", 1.0), ("c2", 1.0 + 1e-9)):
        told(recipe, name, fitness, operator="seed" if name == "c0" else "gaussian")
    assert recipe.best() == "c2"
    assert recipe.arms()["gaussian"]["reward"] == pytest.approx(0.998), "of the first gain alone"


def test_a_long_proposal_counts_as_its_evaluations():
    long, short = Pull(0.5), Pull(0.5)
    long.fold(0.0, 40)
    for _ in range(40):
        short.fold(0.0, 1)
    assert long.paying == pytest.approx(short.paying)
    long.fold(2.0, 40)
    assert long.paying == pytest.approx((1 / 40 + (short.paying * 0.5 - 1 / 40) * 0.95**40) / 0.5)


def test_the_scale_of_the_fitness_does_not_matter():
    one, other = Pull(0.5), Pull(0.5)
    for gain in (3.0, 0.0, 1.0):
        one.fold(gain, 1)
        other.fold(gain * 1e-6, 1)
    assert one.paying == pytest.approx(other.paying)


def test_a_stall_at_nothing_is_refused():
    with pytest.raises(ConfigError, match="stall must be above 0, not 0"):
        make_recipe("adaptive", VECTOR, {"stall": 0.0})


# parents


def test_the_best_is_varied_while_that_pays():
    assert parents(filled(greed=0.9, narrow=0.1)) > 0.85


def test_the_first_proposals_go_by_elites_too():
    assert parents(filled(greed=0.9, narrow=0.1), proposals=15) < 0.7 < parents(filled(greed=0.9, narrow=0.1))


def test_a_stall_spreads_the_parents_and_a_gain_draws_them_together_again():
    recipe = filled(greed=0.9, narrow=0.1)
    told(recipe, "dear", 0.1, evaluations=300)
    assert 0.2 < parents(recipe) < 0.6  # of three elites of ten, the best is the fittest in three of ten
    told(recipe, "gain", 2.0)
    assert parents(recipe) > 0.85


def test_fruitless_proposals_stall_it_too():
    recipe = filled(greed=1.0, narrow=0.0)
    recipe.abandon(Job(1, "gaussian", ("c9",)), Usage(evaluations=300))
    assert parents(recipe) < 0.5


# what is gained


def test_only_what_the_best_gains_is_credited():
    recipe = filled()
    before = recipe.arms()["gaussian"]["reward"]
    assert told(recipe, "new", 0.5, operator="gaussian", first=0.99).gain == 0.0
    assert told(recipe, "failed", None, operator="gaussian").gain == 0.0
    assert recipe.arms()["gaussian"]["reward"] < before
    assert told(recipe, "better", 1.0, operator="gaussian", first=0.99).gain == pytest.approx(0.1)
    assert recipe.arms()["gaussian"]["reward"] > before


def test_the_first_of_a_grid_gains_nothing():
    grid = LedGrid(VECTOR.measures, offset=-100.0)
    verdict = grid.insert(
        Candidate("seed-0", VECTOR.seeds[0], "d"),
        Evaluation("seed-0", "ok", 1.0, measures={"first": 0.0, "half": "left"}),
    )
    assert (verdict.kind, verdict.gain) == ("new", 0.0)


# operators


def test_without_a_model_all_that_suit_the_genome_take_part():
    recipe = make_recipe("adaptive", PROGRAM)
    assert set(recipe.arms()) == {*SYNTACTIC, "surrogate"}
    assert isinstance(recipe.mix, Mix)
    chances = recipe.mix.shares()
    assert chances["surrogate"] / chances["mutate"] == pytest.approx(8.0 / 0.2)
    assert recipe.mix.exponent == 3.0


def test_beside_a_model_they_take_part_unless_that_is_turned_off():
    asking = ["edit(small, 0.7)", "repair"]
    recipe = make_recipe("adaptive", PROGRAM, {"operators": asking})
    assert {*asking, "tune"} < set(recipe.arms())
    recipe = make_recipe("adaptive", PROGRAM, {"operators": asking, "syntactic": False})
    assert set(recipe.arms()) == set(asking)
    assert isinstance(recipe.mix, Thompson), "where all ask, prices count"


def test_operators_that_are_given_without_a_model_are_all_there_are():
    assert set(make_recipe("adaptive", PROGRAM, {"operators": ["perturb"]}).arms()) == {"perturb"}


def test_what_is_all_but_known_is_asked_for_again_but_for_repairs():
    recipe = make_recipe("adaptive", PROGRAM, {"operators": ["edit", "repair"]})
    novel = {name for name, operator in recipe._operators.items() if isinstance(operator, Novel)}
    assert novel == {"edit"}


def test_a_failed_candidate_may_be_repaired():
    recipe = make_recipe("adaptive", VECTOR, {"operators": ["rewrite", "repair"]})
    told(recipe, "seed-0", 0.5, operator="seed")
    told(recipe, "broken", None)
    jobs = [recipe.ask(View(n, n, 0), stream(1, n, "ask")) for n in range(60)]
    repairs = [job for job in jobs if Arm.parse(job.operator).operator == "repair"]
    assert repairs
    assert {job.parents for job in repairs} == {("broken",)}
