"""OptoPrime: a chain of updates by what the feedback means for each part."""

from dataclasses import replace

import pytest
from searching import PROBLEM, ask, program, prompt, score, searched, task, tell

from evoengine.errors import ConfigError
from evoengine.operators.trace import parts_of
from evoengine.recipes import make_recipe
from evoengine.types import Job

PARTS = replace(
    PROBLEM,
    seeds=({"main.py": "X = -1.0\n\n\ndef plan():\n    return X\n\n\ndef act():\n    return plan()\n"},),
)


def traced(trial):
    return replace(score(trial), artifacts={"trace": "plan() -> -1.0; act() -> -1.0"})


def updating(request, proposal, step):
    if request.role == "reflect":
        return f"plan: too low in {proposal}.\nact: stays."
    return program("None") if proposal == 1 else program(f"{9 - proposal}.5")


def test_the_feedback_is_carried_back_to_the_parts_and_any_of_them_is_changed():
    search = searched("optoprime", {}, updating, 1, problem=PARTS, evaluate=traced)
    question, update = search.requests
    assert (question.role, update.role) == ("reflect", "mutate")
    assert "made of these parts: `plan`, `act`." in task(question)
    assert "plan() -> -1.0" in prompt(question)
    assert "It is -1.0." in prompt(question)
    assert "plan: too low in 0.\nact: stays." in task(update)
    assert search.told("0-0").candidate.notes == "plan: too low in 0.\nact: stays."


def test_what_the_evaluator_says_of_a_part_is_not_asked_for():
    def part_by_part(trial):
        return replace(score(trial), artifacts={"plan": "plan gave too little\n", "act": "fine"})

    search = searched("optoprime", {}, updating, 1, problem=PARTS, evaluate=part_by_part)
    (update,) = search.requests
    assert "plan: plan gave too little\nact: fine" in task(update)

    def half(trial):
        return replace(score(trial), artifacts={"act": "fine"})

    question, update = searched("optoprime", {}, updating, 1, problem=PARTS, evaluate=half).requests
    assert "these parts: `plan`." in task(question)
    assert "act: fine\nplan: too low in 0." in task(update)


def test_an_update_takes_the_place_of_the_last_one_whether_better_or_worse():
    search = searched("optoprime", {"memory": 1}, updating, 4)
    assert search.jobs == [
        Job(0, "update", ("seed-0",)),
        Job(1, "update", ("0-0",), ("seed-0",)),
        Job(2, "update", ("1-0",), ("0-0",)),
        Job(3, "update", ("2-0",), ("1-0",)),
    ]
    assert search.told("1-0").evaluation.status == "error"
    assert "X is no number" in prompt(search.requests[4]), "an error is feedback as well"
    assert search.recipe.best() == "0-0"


def test_it_begins_with_the_best_seed_and_takes_one_at_a_time():
    recipe = make_recipe("optoprime", PROBLEM)
    assert ask(recipe, 0) is None
    for n, fitness in enumerate((1.0, 3.0, 2.0, None)):
        tell(recipe, f"seed-{n}", fitness)
    assert ask(recipe, 0) == Job(0, "update", ("seed-1",))
    assert ask(recipe, 0, in_flight=1) is None


def test_it_gives_up_where_nothing_is_said_and_asks_again():
    def silent_at_first(request, proposal, step):
        return "" if proposal == 0 else updating(request, proposal + 1, step)

    search = searched("optoprime", {}, silent_at_first, 1)
    assert search.jobs[1] == Job(1, "update", ("seed-0",))


def test_it_can_ask_for_edits():
    def edits(request, proposal, step):
        if request.role == "reflect":
            return "X: higher."
        return "Up.\n<<<<<<< SEARCH main.py\nX = -1.0\n=======\nX = 4.0\n>>>>>>> REPLACE"

    search = searched("optoprime", {"edit_format": "edit"}, edits, 1)
    assert search.told("0-0").evaluation.fitness == 4.0


def test_parts_are_files_or_the_functions_and_classes_of_the_only_one():
    assert parts_of(PARTS, PARTS.seeds[0]) == ("plan", "act")
    assert parts_of(PROBLEM, PROBLEM.seeds[0]) == ("main.py",)
    assert parts_of(PROBLEM, {"main.py": "def ("}) == ("main.py",)
    assert parts_of(PROBLEM, {"a.py": "def f(): pass", "b.md": ""}) == ("a.py", "b.md")
    assert parts_of(PROBLEM, {"a.md": "A class of its own."}) == ("a.md",)


@pytest.mark.parametrize("params", [{"memory": -1}, {"edit_format": "words"}])
def test_wrong_parameters_are_refused(params):
    with pytest.raises(ConfigError, match="memory"):
        make_recipe("optoprime", PROBLEM, params)
