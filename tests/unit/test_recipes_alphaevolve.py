"""AlphaEvolve, its scratchpad and its instructions."""

from collections import Counter

import pytest
from told_recipes import ask, searched, told

from evoengine.recipes import make_recipe
from evoengine.recipes.instructions import MOST_KEPT
from evoengine.recipes.scratchpad import MOST_ROWS, Scratchpad
from evoengine.testing.recipes import VECTOR
from evoengine.types import Candidate, Evaluation, Job, Known, Usage, View


def test_alphaevolve_takes_islands_in_turn_and_inspirations_from_the_same_island():
    recipe = make_recipe("alphaevolve", VECTOR, {"islands": 2, "inspirations": 2, "migrate_every": 0})
    told(recipe, "seed-0", 0.0)
    for n in range(12):
        told(recipe, f"{n}-0", n / 10, operator="edit", first=n / 6 - 1.0, island=n % 2)
    for proposal in range(20):
        job = ask(recipe, proposal)
        assert job.island == proposal % 2
        assert len(job.inspirations) == 2
        assert not set(job.parents) & set(job.inspirations)
        ids = [*job.parents, *job.inspirations]
        assert all(name == "seed-0" or int(name.split("-")[0]) % 2 == job.island for name in ids)


@pytest.mark.parametrize(("greed", "share"), [(1.0, 1.0), (0.0, 0.2)])
def test_alphaevolve_is_as_greedy_as_it_is_told_to_be(greed, share):
    recipe = make_recipe("alphaevolve", VECTOR, {"islands": 1, "greed": greed, "inspirations": 0})
    for n in range(5):
        told(recipe, f"seed-{n}", float(n), first=n / 5)
    counts = Counter(ask(recipe, proposal).parents[0] for proposal in range(400))
    assert counts["seed-4"] / 400 == pytest.approx(share, abs=0.07)


def test_alphaevolve_asks_for_edits_with_inspirations_in_sight():
    engine, requests, _ = searched("alphaevolve", {"islands": 2})
    assert all("<<<<<<< SEARCH" in request.messages[0].content for request in requests)
    assert any("## Inspiration" in request.messages[1].content for request in requests)
    assert engine.recipe.stats()["islands"] == 2


def test_alphaevolve_keeps_notes_and_shows_them():
    _, requests, jobs = searched("alphaevolve", {"islands": 2, "notes_every": 5}, order="completion")
    roles = [request.role for request in requests]
    first = roles.index("reflect")
    assert roles.count("reflect") == len([job for job in jobs if job["operator"] == "summarise"]) >= 3
    assert "learnt so far" not in "".join(r.messages[1].content for r in requests[: first + 1])
    assert "learnt so far\n\nLarger numbers have scored better." in requests[-1].messages[1].content
    named = {job["args"]["notes"] for job in jobs if "args" in job}
    assert named
    assert all(jobs[int(name.split("-")[0])]["operator"] == "summarise" for name in named)


# The scratchpad


def test_notes_are_due_at_fixed_proposals_or_never():
    assert [n for n in range(12) if Scratchpad(4).due(View(n, 0, 0))] == [3, 7, 11]
    assert not any(Scratchpad(0).due(View(n, 0, 0)) for n in range(12))


def test_notes_are_on_the_latest_candidates_and_carry_the_last_ones_on():
    pad = Scratchpad(1000)
    for n in range(MOST_ROWS + 5):
        pad.tell(Candidate(f"{n}-0", {}, ""))
    pad.tell(Candidate("50-0", {}, "", operator="summarise"))
    job = pad.job(View(51, 51, 0), Known(Candidate("9-0", {}, ""), Evaluation("9-0", "ok", 1.0)), 2)
    assert (job.operator, job.parents, job.island, job.args) == ("summarise", ("9-0",), 2, {"notes": "50-0"})
    assert len(job.inspirations) == MOST_ROWS
    assert job.inspirations[-1] == "50-0"


def test_writing_notes_is_neither_credited_nor_charged():
    recipe = make_recipe("alphaevolve", VECTOR, {"notes_every": 3})
    told(recipe, "seed-0", 0.0)
    before = recipe.mix.state()
    told(recipe, "2-0", 1.0, operator="summarise", notes="Up.")
    recipe.abandon(Job(5, "summarise"), Usage(calls=1))
    assert recipe.mix.state() == before
    assert ask(recipe, 3).args == {"notes": "2-0"}


# Instructions

ON = {"islands": 1, "instructions_every": 4, "operators": ["rewrite"]}


def test_instructions_are_written_followed_and_named_by_the_operator():
    _, requests, jobs = searched("alphaevolve", ON, candidates=40)
    written = [job for job in jobs if job["operator"] == "instruct"]
    assert (
        len(written)
        == sum("which are shown to them in place of" in r.messages[1].content for r in requests)
        >= 8
    )
    followed = [job for job in jobs if "instructions" in job.get("args", {}) and job not in written]
    assert followed
    for job in followed:
        assert job["operator"] == f"rewrite(by {job['args']['instructions']})"
    by_instructions = "Mind these instructions, which were written earlier in the search:\n\nLarger numbers have scored better."
    assert sum(by_instructions in r.messages[1].content for r in requests) >= len(followed)
    assert {job["operator"].partition("(")[0] for job in jobs} == {"rewrite", "instruct"}


def test_instructions_that_gain_are_followed_more_often():
    recipe = make_recipe("alphaevolve", VECTOR, ON)
    told(recipe, "seed-0", 0.0)
    told(recipe, "2-0", -9.0, operator="instruct", notes="Good.")
    told(recipe, "6-0", -9.0, operator="instruct", notes="Bad.")
    for n in range(40):
        told(recipe, f"{10 + 2 * n}-0", n + 1.0, operator="rewrite(by 2-0)")
        told(recipe, f"{11 + 2 * n}-0", -1.0, operator="rewrite(by 6-0)")
    jobs = [ask(recipe, 4 * n) for n in range(200)]
    counts = Counter(job.args.get("instructions") for job in jobs)
    assert counts["2-0"] > 150
    assert recipe.arms()["rewrite"]["proposals"] > 50


def test_few_instructions_compete_and_the_latest_is_always_among_them():
    recipe = make_recipe("alphaevolve", VECTOR, ON)
    told(recipe, "seed-0", 0.0)
    for n in range(MOST_KEPT + 4):
        told(recipe, f"{n}-0", -9.0, operator="instruct", notes=str(n))
        told(recipe, f"{50 + n}-0", -9.0, operator=f"rewrite(by {n}-0)")
        followed = {ask(recipe, 4 * k).args.get("instructions") for k in range(300)}
        assert f"{n}-0" in followed
        assert len(followed - {None}) <= MOST_KEPT
    told(recipe, "99-0", 1.0, operator="rewrite(by 0-0)")
    assert "0-0" not in followed


def test_without_them_no_proposal_names_any():
    _, requests, jobs = searched("alphaevolve", {"operators": ["rewrite"]})
    assert {job["operator"] for job in jobs} == {"rewrite"}
    assert not any("Mind these instructions" in request.messages[1].content for request in requests)
