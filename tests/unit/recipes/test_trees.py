"""CodeTree and MCTS: candidates under their parents, and which of them is taken up next."""

import math

import pytest
from searching import PROBLEM, ask, program, prompt, searched, task, tell

from evoengine.errors import ConfigError
from evoengine.recipes import make_recipe
from evoengine.selection import SearchTree
from evoengine.types import Job, Usage

# CodeTree


def refining(request, proposal, step):
    """Three strategies worth 5, 4 and an error; a refinement adds its proposal; the critic stops what is above 6."""
    asked = task(request)
    if "numbered list" in asked:
        return f"1. Five at {proposal}.\n2. Four at {proposal}.\n3. Broken."
    if request.role == "judge":
        return "stop: it is enough." if "X = 6" in prompt(request) else "refine, for it may rise."
    if request.role == "reflect":
        return "Add some."
    known = {"Five": "5.0", "Four": "4.0", "Broken": "None"}
    return program(next((x for word, x in known.items() if word in asked), f"6.{proposal}"))


def test_codetree_solves_by_each_strategy_and_refines_the_fittest_until_the_critic_stops():
    search = searched("codetree", {"width": 1, "depth": 3}, refining, 8, window=1)
    first, second, third, *later = search.jobs
    assert first == Job(0, "strategise", ("seed-0",))
    told = [search.told(f"0-{n}") for n in range(3)]
    assert [known.evaluation.fitness for known in told] == [5.0, 4.0, None]
    assert [known.candidate.notes for known in told] == ["Five at 0.", "Four at 0.", "Broken."]
    assert second == Job(1, "criticise", ("0-0",)), "the fittest first"
    assert third == Job(2, "criticise", ("1-0",)), "then its child, which the critic stops"
    assert [job.parents for job in later[:2]] == [("0-1",), ("3-0",)]
    assert later[2].parents == ("0-2",), "what failed is debugged last"
    assert "X is no number" in "".join(map(prompt, search.requests))


def test_the_critics_words_reach_those_who_reflect_and_write():
    search = searched("codetree", {}, refining, 4, window=1)
    for request in search.requests:
        if "Add some." in task(request) or "at most eight sentences" in task(request):
            assert "learnt so far\n\nrefine, for it may rise." in prompt(request)


def test_codetree_asks_for_other_strategies_when_nothing_is_open():
    recipe = make_recipe("codetree", PROBLEM, {"width": 1, "depth": 2})
    assert ask(recipe, 0) is None
    tell(recipe, "seed-0", 0.0)
    tell(recipe, "0-0", 1.0, operator="strategise", parents=("seed-0",))
    assert ask(recipe, 1) == Job(1, "criticise", ("0-0",))
    assert ask(recipe, 2, in_flight=1) is None
    tell(recipe, "1-0", 2.0, operator="criticise", parents=("0-0",))
    assert ask(recipe, 2) == Job(2, "strategise", ("seed-0",), args={"notes": ["0-0"]}), (
        "the child is too deep"
    )


def test_several_in_flight_take_the_next_best():
    recipe = make_recipe("codetree", PROBLEM, {"width": 2})
    tell(recipe, "seed-0", 0.0)
    for n, fitness in enumerate((1.0, 3.0)):
        tell(recipe, f"0-{n}", fitness, operator="strategise", parents=("seed-0",))
    taken = [ask(recipe, n, in_flight=n - 1).parents[0] for n in range(1, 5)]
    assert taken == ["0-1", "0-1", "0-0", "0-0"]
    recipe.abandon(Job(1, "criticise", ("0-1",)), Usage())
    tell(recipe, "2-0", 2.0, operator="criticise", parents=("0-1",))
    assert [ask(recipe, 5, in_flight=n).parents[0] for n in range(2)] == ["2-0", "2-0"], "0-1 is closed"


# MCTS


def thinking(request, proposal, step):
    """A first thought is worth its proposal, but the thought of 2 fails and is rethought."""
    if request.role == "reflect":
        return f"Rethought {proposal}." if "mended" in task(request) else f"Thought {proposal}."
    if "Thought 2." in task(request):
        return program("None")
    return program(f"{proposal}.5")


def test_mcts_shows_the_thoughts_that_led_to_a_program_and_follows_the_next():
    search = searched("mcts", {"width": 1, "exploration": 0.0}, thinking, 5)
    assert [job.parents for job in search.jobs] == [("seed-0",), ("0-0",), ("1-0",), ("2-0",), ("3-0",)]
    assert search.jobs[4].args == {"notes": ["0-0", "1-0", "2-0", "3-0"]}
    assert "learnt so far\n\nThought 0.\n\nThought 1.\n\nRethought 2." in prompt(search.requests[-1])
    assert "Thought 4." in task(search.requests[-1])


def test_mcts_rethinks_a_thought_by_the_feedback_on_its_program():
    search = searched("mcts", {"width": 1, "exploration": 0.0}, thinking, 3)
    (rethink,) = search.asked("mended")
    assert "Thought 2." in task(rethink)
    assert "X is no number" in prompt(rethink)
    revised = search.told("2-0")
    assert (revised.candidate.notes, revised.evaluation.fitness) == ("Rethought 2.", 2.5)
    assert revised.evaluation.usage.evaluations == 2
    assert search.told("1-0").evaluation.usage.evaluations == 1, "what was looked at is not evaluated again"


def test_mcts_takes_so_many_at_once_and_waits_for_a_seed():
    recipe = make_recipe("mcts", PROBLEM, {"width": 2})
    tell(recipe, "seed-0", None)
    assert ask(recipe, 0) is None
    tell(recipe, "seed-1", 1.0)
    assert ask(recipe, 0, in_flight=1) == Job(0, "think", ("seed-1",))
    assert ask(recipe, 0, in_flight=2) is None


def test_what_comes_to_nothing_counts_as_a_try():
    recipe = make_recipe("mcts", PROBLEM, {"width": 2})
    tell(recipe, "seed-0", 1.0)
    tell(recipe, "0-0", 2.0, operator="think", parents=("seed-0",))
    assert ask(recipe, 1).parents == ("seed-0",)
    recipe.abandon(Job(1, "think", ("seed-0",)), Usage())
    assert ask(recipe, 2).parents == ("0-0",)
    for n in (2, 3):
        tell(recipe, f"{n}-0", None, operator="think", parents=("0-0",))
    assert ask(recipe, 4).parents == ("0-0",), "a dead end is tried again while there is nothing else"


# The tree


def grown(exploration, *children):
    tree = SearchTree(len(children), exploration)
    tree.grow("", "seed", 0.0)
    for number, fitness in enumerate(children):
        tree.grow("seed", f"c{number}", fitness)
    return tree


def test_a_descent_takes_the_child_with_the_highest_bound():
    tree = grown(1.0, 1.0, 0.8)
    assert tree.descend() == ["seed", "c0"]
    tree.grow("c0", "c00", 0.9)
    tree.grow("c0", "c01", 0.2)
    # Visits of seed: 5; c0: 3, reward 1; c1: 1, reward 0.8.
    bounds = [1.0 + math.sqrt(math.log(5) / 3), 0.8 + math.sqrt(math.log(5) / 1)]
    assert bounds[1] > bounds[0]
    assert tree.descend() == ["seed", "c1"]


def test_greed_follows_the_best_fitness_below():
    tree = grown(0.0, 1.0, 2.0)
    assert tree.descend() == ["seed", "c1"]
    tree.grow("c0", "c00", 3.0)
    assert tree.descend() == ["seed", "c0"], "c0 is grown once; c00 waits until it has been grown twice"
    tree.grow("c0")
    assert tree.descend() == ["seed", "c0", "c00"]


def test_equals_go_to_the_earliest():
    assert grown(1.0, 0.0, 0.0).descend() == ["seed", "c0"]
    assert SearchTree(1, 0.0).descend() == []


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("codetree", {"strategies": 0}),
        ("codetree", {"depth": 0}),
        ("mcts", {"width": 0}),
        ("mcts", {"exploration": math.nan}),
    ],
)
def test_wrong_parameters_are_refused(name, params):
    with pytest.raises(ConfigError, match=name):
        make_recipe(name, PROBLEM, params)
