"""DeepEvolve: plan, look up, propose, write, debug."""

from dataclasses import replace

import pytest
from searching import PROBLEM, ask, possible, program, prompt, searched, task, tell

from evoengine.errors import ConfigError
from evoengine.recipes import make_recipe

PAPERS = {
    "packing.md": "Great numbers are found by doubling.\n\nSmall ones by halving.",
    "other.txt": "Cats sleep.",
}
REWRITE = {"edit_format": "rewrite"}


def researching(request, proposal, step):
    asked = task(request)
    if "what to find out before" in asked:
        return "How is one to double numbers?"
    if request.role == "reflect":
        return f"Idea {proposal}: double."
    return program("None" if "Idea 1" in asked else f"{proposal}.5")


def test_an_idea_is_planned_looked_up_proposed_and_written():
    problem = replace(PROBLEM, documents=PAPERS)
    search = searched("deepevolve", REWRITE, researching, 1, problem=problem)
    plan, propose, write = search.requests
    assert (plan.role, propose.role, write.role) == ("reflect", "reflect", "mutate")
    assert "How is one to double numbers?" in task(propose)
    assert "packing.md:\nGreat numbers are found by doubling." in task(propose)
    assert "Cats" not in task(propose)
    assert "Idea 0: double." in task(write)
    assert search.told("0-0").candidate.notes == "Idea 0: double."


def test_without_documents_it_says_that_nothing_was_found():
    search = searched("deepevolve", REWRITE, researching, 1)
    assert "Nothing was found." in task(search.requests[1])


def test_an_offspring_is_debugged_before_it_is_told():
    search = searched("deepevolve", REWRITE, researching, 2)
    (repair,) = search.asked("failed (error)")
    assert "X is no number" in prompt(repair)
    mended = search.told("1-0")
    assert mended.evaluation.fitness == 1.5
    assert mended.candidate.notes == "Idea 1: double.; Try 1.5."
    assert mended.evaluation.usage.evaluations == 2


def test_what_cannot_be_debugged_is_told_as_it_failed():
    def hopeless(request, proposal, step):
        return f"None of {step}" if request.role == "reflect" else program(f"None  # {step}\nY = {step}")

    search = searched("deepevolve", {**REWRITE, "repairs": 2}, hopeless, 1)
    failed = search.told("0-0")
    assert failed.evaluation.status == "error"
    assert failed.evaluation.usage.evaluations == 3
    assert len(search.asked("failed (error)")) == 2


def test_edits_are_asked_for_by_default():
    def edits(request, proposal, step):
        if request.role == "reflect":
            return "Up."
        return "Up.\n<<<<<<< SEARCH main.py\nX = -1.0\n=======\nX = 4.0\n>>>>>>> REPLACE"

    search = searched("deepevolve", {}, edits, 1)
    assert search.told("0-0").evaluation.fitness == 4.0


def test_parents_come_from_the_fittest_of_all_or_from_their_island():
    params = {"islands": 2, "population": 4, "archive": 1, "migrate_every": 0}
    for exploitation, expected in ((1.0, {"1-0"}), (0.0, {"0-0", "2-0"})):
        recipe = make_recipe("deepevolve", PROBLEM, {**params, "exploitation": exploitation})
        tell(recipe, "seed-0", 0.0)
        for n in range(3):
            tell(recipe, f"{n}-0", 9.0 if n == 1 else float(n + 1), operator="research", island=n % 2)
        assert possible(recipe, 4) == expected
        assert [ask(recipe, n).island for n in range(4, 9)] == [0, 0, 1, 1, 0]


@pytest.mark.parametrize("params", [{"islands": 0}, {"population": 3}, {"archive": 0}])
def test_wrong_parameters_are_refused(params):
    with pytest.raises(ConfigError, match="deepevolve"):
        make_recipe("deepevolve", PROBLEM, params)
