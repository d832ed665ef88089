"""EoH: ideas with programs, five prompts in turn, truncation after each."""

from collections import Counter

import pytest
from searching import PROBLEM, ask, possible, program, prompt, searched, task, tell

from evoengine.errors import ConfigError
from evoengine.recipes import make_recipe

TURNS = ["explore", "common_idea", "modify", "reparameterise", "simplify"]


def answer(request, proposal, step):
    return program(f"{proposal}.5")


def test_the_prompts_take_turns_of_a_population_each():
    search = searched("eoh", {"population": 2}, answer, 14)
    assert search.operators() == [name for name in ("explore", *TURNS, "explore") for _ in range(2)]
    words = ["different approach", "backbone", "different form", "main parameters", "in less"]
    for number, word in enumerate(words):
        assert all(word in task(request) for request in search.requests[2 + 2 * number : 4 + 2 * number])


def test_members_are_the_best_of_all_and_are_shown_with_their_ideas():
    search = searched("eoh", {"population": 2}, answer, 12)
    for job in search.jobs[4:]:
        start = job.proposal // 2 * 2
        assert set(job.parents) <= {f"{start - 1}-0", f"{start - 2}-0"}
    assert "- idea: Try 5.5." in "".join(prompt(request) for request in search.requests[6:8])
    assert [len(job.parents) > 1 for job in search.jobs[4:6]].count(True) >= 1, "parents are shown once"
    assert all(len(job.parents) == 1 for job in search.jobs[6:])


def test_a_good_member_outlives_a_bad_generation():
    recipe = make_recipe("eoh", PROBLEM, {"population": 2})
    tell(recipe, "seed-0", 9.0)
    for n, fitness in enumerate((1.0, None)):
        tell(recipe, f"{n}-0", fitness, operator="explore")
    assert possible(recipe, 2) == {"seed-0", "0-0"}
    assert ask(recipe, 2, told=1) is None
    tell(recipe, "2-0", 5.0, operator="explore")
    assert possible(recipe, 3) == {"seed-0", "0-0"}, "members change with the generation only"
    assert {ask(recipe, 4, told=told) for told in (2, 3)} == {None}
    assert possible(recipe, 4) == {"seed-0", "2-0"}


def test_parents_are_drawn_by_rank():
    recipe = make_recipe("eoh", PROBLEM, {"population": 4, "prompts": ["modify"]})
    tell(recipe, "seed-0", 0.0)
    for n in range(4):
        tell(recipe, f"{n}-0", float(n + 1), operator="explore")
    drawn = Counter(ask(recipe, 4 + n, told=10**6).parents[0] for n in range(2000))
    weights = [1 / 5, 1 / 6, 1 / 7, 1 / 8]
    for n, weight in enumerate(weights):
        assert drawn[f"{3 - n}-0"] / 2000 == pytest.approx(weight / sum(weights), abs=0.05)


@pytest.mark.parametrize(
    "params", [{"parents": 0}, {"prompts": []}, {"prompts": ["rewrite"]}, {"population": 0}]
)
def test_wrong_parameters_are_refused(params):
    with pytest.raises(ConfigError, match="eoh"):
        make_recipe("eoh", PROBLEM, params)
