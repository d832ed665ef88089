"""AdaEvolve: exploration, budget and paradigm follow what was gained lately."""

import pytest
from searching import PROBLEM, ask, possible, program, prompt, searched, task, tell

from evoengine.errors import ConfigError
from evoengine.recipes import make_recipe

REWRITE = {"edit_format": "rewrite", "migrate_every": 0}


def stalling(request, proposal, step):
    if request.role == "reflect":
        return f"1. Twice {proposal}.\n2. Thrice {proposal}.\n3. Half {proposal}."
    if "Twice" in task(request):
        return [program(f"7.{proposal}"), program(f"8.{proposal}")]
    return [program(f"-{2 + sample}.{proposal}{step}") for sample in range(request.n)]


def test_in_a_stall_three_strategies_are_carried_out_twice_on_the_best():
    search = searched("adaevolve", {**REWRITE, "window": 5}, stalling, 30, window=1)
    changes = [job for job in search.jobs if job.operator == "strategise"]
    first, second = changes[:2]
    assert (first.proposal % 5, first.parents, first.args) == (0, ("seed-0",), {"notes": []})
    drafts = [search.told(f"{first.proposal}-{n}").candidate for n in range(6)]
    p = first.proposal
    assert [d.notes for d in drafts] == [f"{w} {p}." for w in ("Twice", "Thrice", "Half") for _ in range(2)]
    assert second.parents == (f"{p}-1",)
    assert second.args["notes"] == [draft.id for draft in drafts]
    question = search.asked("Think of 3 strategies")[1]
    assert f"Thrice {p}." in prompt(question)


def test_an_island_explores_any_member_or_refines_its_best_quarter():
    for exploration, operator, expected in (
        ([1.0, 1.0], "explore", {f"{n}-0" for n in range(8)} | {"seed-0"}),
        ([0.0, 0.0], "rewrite", {"7-0", "6-0"}),
    ):
        recipe = make_recipe("adaevolve", PROBLEM, {**REWRITE, "islands": 1, "exploration": exploration})
        tell(recipe, "seed-0", -1.0)
        for n in range(8):
            tell(recipe, f"{n}-0", float(n), operator="rewrite")
        job = ask(recipe, 9)
        assert job.operator == operator
        assert possible(recipe, 9) == expected
        assert not set(job.parents) & set(job.inspirations)
        assert set(job.inspirations) <= expected


def test_the_proposal_goes_to_the_island_that_is_due():
    recipe = make_recipe("adaevolve", PROBLEM, REWRITE)
    tell(recipe, "seed-0", 1.0)
    assert ask(recipe, 0).island == 0
    tell(recipe, "0-0", 0.5, operator="rewrite")
    assert ask(recipe, 1).island == 1


@pytest.mark.parametrize(
    "params",
    [{"window": 0}, {"exploration": [0.1]}, {"islands": 0}, {"population": 0}, {"migrate_every": -1}],
)
def test_wrong_parameters_are_refused(params):
    with pytest.raises(ConfigError, match="adaevolve"):
        make_recipe("adaevolve", PROBLEM, params)
