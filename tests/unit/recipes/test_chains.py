"""Reflexion and iterative decoding: one attempt after the other."""

import pytest
from searching import PROBLEM, ask, program, prompt, searched, task, tell

from evoengine.errors import ConfigError
from evoengine.recipes import make_recipe
from evoengine.types import Job

# Reflexion


def reflecting(request, proposal, step):
    if request.role == "reflect":
        return f"Lesson {proposal}."
    return program("None") if proposal == 1 else program(f"{9 - proposal}.5")


def test_reflexion_goes_on_from_the_last_attempt_with_the_latest_lessons_in_mind():
    search = searched("reflexion", {"memory": 2}, reflecting, 5)
    assert [job.parents for job in search.jobs] == [("seed-0",), ("0-0",), ("1-0",), ("2-0",), ("3-0",)]
    assert [job.args.get("notes") for job in search.jobs] == [None, ["0-0"], ["1-0"], ["2-0"], ["3-0"]]
    reflections = [request for request in search.requests if request.role == "reflect"]
    attempts = [request for request in search.requests if request.role == "mutate"]
    assert "X is no number" in prompt(reflections[2]), "a failure is reflected on by its feedback"
    assert "Lesson 3." in prompt(attempts[4])
    assert "Lesson 4." in task(attempts[4])
    assert "Lesson 2." not in prompt(attempts[4])
    assert search.recipe.best() == "0-0"


def test_reflexion_remembers_several_lessons_in_order():
    search = searched("reflexion", {}, reflecting, 5)
    assert search.jobs[4].args == {"notes": ["2-0", "3-0"]}
    assert "learnt so far\n\nLesson 2.\n\nLesson 3." in prompt(search.requests[-1])


def test_reflexion_begins_with_the_best_seed_and_takes_one_at_a_time():
    recipe = make_recipe("reflexion", PROBLEM, {"memory": 1})
    for n, fitness in enumerate((1.0, 3.0, 2.0, None)):
        tell(recipe, f"seed-{n}", fitness)
    assert ask(recipe, 0) == Job(0, "reflect", ("seed-1",))
    assert ask(recipe, 0, in_flight=1) is None


# Iterative decoding


def decoding(request, proposal, step):
    return program(f"{(5, 1, 7, 3)[proposal]}.5")


def test_iterative_decoding_shows_the_best_and_the_worst_so_far():
    search = searched("iterative_decoding", {}, decoding, 4)
    assert [(job.operator, *job.parents) for job in search.jobs] == [
        ("rewrite", "seed-0"),
        ("avoid", "0-0", "seed-0"),
        ("avoid", "0-0", "seed-0"),
        ("avoid", "2-0", "seed-0"),
    ]
    assert "the second the worst" in task(search.requests[1])
    assert prompt(search.requests[1]).index("X = 5.5") < prompt(search.requests[1]).index("X = -1.0")


def test_iterative_decoding_is_a_chain_unless_told_otherwise():
    for together in (1, 2):
        recipe = make_recipe("iterative_decoding", PROBLEM, {"together": together})
        assert ask(recipe, 0) is None
        tell(recipe, "seed-0", 1.0)
        assert (ask(recipe, 0, in_flight=1) is None) == (together == 1)
        tell(recipe, "0-0", None, operator="rewrite")
        assert ask(recipe, 1).operator == "rewrite", "what failed is not the worst"


@pytest.mark.parametrize(("name", "key"), [("reflexion", "memory"), ("iterative_decoding", "together")])
def test_wrong_parameters_are_refused(name, key):
    with pytest.raises(ConfigError, match=key):
        make_recipe(name, PROBLEM, {key: 0})
