"""ReEvo: reflections lead crossover and mutation."""

from searching import PROBLEM, ask, program, prompt, searched, task, tell

from evoengine.recipes import make_recipe
from evoengine.types import Job

SMALL = {"population": 2, "initial": 2, "mutation": 1.0}


def answer(request, proposal, step):
    if request.role == "reflect":
        return f"Notes of {proposal}." if "latest results" in task(request) else f"Hint of {proposal}."
    return program(f"{proposal % 4}.{proposal:02}")


def test_a_search_goes_through_its_phases():
    search = searched("reevo", SMALL, answer, 10)
    cycle = ["contrast", "contrast", "summarise", "rewrite"]
    assert search.operators() == ["explore", "explore", *cycle, *cycle]
    assert {job.parents for job in search.jobs[:2]} == {("seed-0",)}


def test_a_crossover_follows_the_hint_on_a_pair_of_the_last_generation():
    search = searched("reevo", SMALL, answer, 10)
    for job in search.jobs[6:8]:
        better, worse = (search.told(name) for name in job.parents)
        assert better.evaluation.fitness > worse.evaluation.fitness
        assert {better.candidate.proposal, worse.candidate.proposal} <= {2, 3, 4, 5}
    (crossover,) = [r for r in search.asked("compared the parents") if "Hint of 6." in task(r)]
    better, worse = (
        f"X = {search.told(name).candidate.genome['main.py'][4:]}" for name in search.jobs[6].parents
    )
    assert prompt(crossover).index(better) < prompt(crossover).index(worse)
    assert search.told("6-0").candidate.notes == "Hint of 6."


def test_the_best_is_mutated_by_what_all_hints_have_taught():
    search = searched("reevo", SMALL, answer, 10)
    first, second = (job for job in search.jobs if job.operator == "summarise")
    assert (first.inspirations, second.inspirations) == (("2-0", "3-0"), ("6-0", "7-0"))
    assert (first.args, second.args) == ({}, {"notes": "4-0"})
    gathered = search.asked("latest results")[1]
    assert "Hint of 6." in task(gathered)
    assert "Hint of 7." in task(gathered)
    assert "learnt so far\n\nNotes of 4." in prompt(gathered)
    assert search.jobs[9] == Job(9, "rewrite", ("7-0",), args={"notes": "8-0"})
    assert "learnt so far\n\nNotes of 8." in prompt(search.requests[-1])


def test_a_phase_waits_for_the_one_before():
    recipe = make_recipe("reevo", PROBLEM, SMALL)
    tell(recipe, "seed-0", 0.0)
    assert ask(recipe, 1, told=0)
    for n, operator in enumerate(("explore", "explore", "contrast", "contrast", "summarise")):
        begins = n in {2, 4, 5}
        assert (ask(recipe, n, told=max(0, n - 1)) is None) == begins
        assert ask(recipe, n).operator == operator
        tell(recipe, f"{n}-0", float(n), operator=operator)
    assert ask(recipe, 5, told=4) is None
    assert ask(recipe, 5).operator == "rewrite"


def test_where_no_two_differ_another_approach_is_asked_for():
    recipe = make_recipe("reevo", PROBLEM, SMALL)
    tell(recipe, "seed-0", 1.0)
    for name in ("0-0", "1-0"):
        tell(recipe, name, 1.0, operator="explore")
    assert ask(recipe, 2) == Job(2, "explore", ("seed-0",))


def test_before_any_generation_the_seed_is_varied_even_when_something_better_is_known():
    recipe = make_recipe("reevo", PROBLEM, SMALL)
    tell(recipe, "seed-0", 1.0)
    tell(recipe, "0-0", 2.0, operator="explore")
    assert ask(recipe, 1).parents == ("seed-0",)
