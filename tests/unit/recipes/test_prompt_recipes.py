"""The other recipes for prompts, each in a whole scripted search."""

import pytest
from searching import ask, prompt, task, tell
from words import PROMPTS, known, search, writes

from evoengine.effects import Generated
from evoengine.errors import ConfigError
from evoengine.operators.breeding import RULES, Breed
from evoengine.recipes import make_recipe
from evoengine.rng import stream

# EvoPrompt


def test_evoprompt_ga_varies_the_seed_then_recombines_the_best_of_all():
    texts = ["a", "a b", "b", "a b c", "zz", "a b c d", "q", "a b c d e"]
    found = search("evoprompt_ga", {"population": 2}, writes(*texts), 8)
    assert found.operators() == ["modify"] * 2 + ["cross_then_mutate"] * 6
    assert {job.parents for job in found.jobs[:2]} == {("seed-0",)}
    assert {frozenset(job.parents) for job in found.jobs[2:4]} == {frozenset({"0-0", "1-0"})}
    assert {frozenset(job.parents) for job in found.jobs[4:6]} == {frozenset({"3-0", "1-0"})}
    assert "First cross over" in task(found.requests[-1])
    assert found.recipe.best() == "7-0"


def test_evoprompt_de_aims_at_each_member_and_replaces_it_only_by_a_fitter_one():
    texts = ["a", "b", "a b", "c", "zz", "a b c", "yy"]
    found = search("evoprompt_de", {"population": 3}, writes(*texts), 7, window=1)
    assert found.operators() == ["modify"] * 2 + ["differ"] * 5
    targets = [job.parents[0] for job in found.jobs[2:]]
    assert targets == ["1-0", "seed-0", "0-0", "2-0", "3-0"]
    for job in found.jobs[2:]:
        assert len(job.parents) == 4
        assert job.parents[0] not in job.parents[1:3]
    assert [job.parents[3] for job in found.jobs[2:]] == ["0-0", "2-0", "2-0", "2-0", "5-0"]
    assert "second and the third parent differ" in task(found.requests[-1])


# Promptbreeder


def test_promptbreeder_fills_its_population_from_the_seed_and_then_overwrites_losers():
    found = search("promptbreeder", {"population": 3}, writes("a", "a b", "zz", "a b c", "d"), 30, window=1)
    assert found.operators()[:2] == ["zero_order", "first_order"]
    assert {job.parents for job in found.jobs[:2]} == {("seed-0",)}
    assert set(found.operators()[2:]) == {
        "zero_order",
        "first_order",
        "distribution",
        "lineage",
        "hypermutation",
    }
    members = ["seed-0", "0-0", "1-0"]
    for job in found.jobs[2:]:
        winner, loser = job.parents
        assert {winner, loser} <= set(members)
        fitness = [found.told(name).evaluation.fitness for name in job.parents]
        assert fitness[0] >= fitness[1]
        members[members.index(loser)] = f"{job.proposal}-0"
    assert {known.candidate.id for known in found.recipe._members} == set(members)


def test_promptbreeder_inherits_rules_and_varies_them():
    found = search("promptbreeder", {"population": 2}, writes("a", "b"), 40, window=1)
    first = found.told("0-0").candidate.notes
    assert first in RULES
    for job in found.jobs[1:]:
        before, after = (found.told(name).candidate.notes for name in (job.parents[0], f"{job.proposal}-0"))
        if job.operator == "hypermutation":
            assert after == f"reflect {job.proposal}"
        else:
            assert before in (after, "")
    hyper = next(job for job in found.jobs if job.operator == "hypermutation")
    rule = found.told(hyper.parents[0]).candidate.notes
    assert any(rule in task(request) for request in found.asked("varied by this rule"))


def test_promptbreeder_lists_ancestors_from_the_least_to_the_most_fit():
    found = search("promptbreeder", {"population": 2, "shown": 2}, writes("a", "a b", "a b c"), 30, window=1)
    job = [job for job in found.jobs if job.operator == "lineage" and len(job.inspirations) == 2][-1]
    parent = found.told(job.parents[0]).candidate
    assert job.inspirations[0] == parent.parents[0]
    assert all(len(job.inspirations) <= 2 for job in found.jobs)
    assert found.asked("the one that comes next on it")


def test_promptbreeder_overwrites_the_least_fit_when_the_loser_has_gone():
    recipe = make_recipe("promptbreeder", PROMPTS, {"population": 2})
    tell(recipe, "seed-0", 1.0)
    tell(recipe, "0-0", 2.0, parents=("seed-0",))
    tell(recipe, "1-0", 3.0, parents=("0-0", "seed-0"))
    tell(recipe, "2-0", 4.0, parents=("0-0", "seed-0"))
    assert {known.candidate.id for known in recipe._members} == {"1-0", "2-0"}
    tell(recipe, "3-0", None, parents=("2-0", "1-0"))
    assert {known.candidate.id for known in recipe._members} == {"1-0", "2-0"}


def test_promptbreeder_gives_up_without_a_rule():
    conversation = Breed(kind="hypermutation")(PROMPTS, [known("0-0", "x")], (), stream(0, 0, "vary"))
    next(conversation)
    with pytest.raises(StopIteration) as stop:
        conversation.send(Generated(("",)))
    assert stop.value.value.reason == "empty"


# Evoke, AMPO, directional


def test_evoke_reviews_the_hardest_cases_and_rewrites_by_the_review():
    found = search("evoke", {"hardest": 2, "memory": 1}, writes("a b", "a b c"), 3, window=1)
    assert set(found.operators()) == {"review"}
    review, rewrite = found.requests[2:4]
    assert (review.role, rewrite.role) == ("judge", "mutate")
    assert "Begin with a mark from 1 to 10" in " ".join(task(review).split())
    assert "judge 1" in task(rewrite)
    assert len(found.jobs[1].inspirations) == 1
    hardest = (
        "missing: train-c, train-d" if found.jobs[1].parents == ("0-0",) else "missing: train-a, train-b"
    )
    assert hardest in prompt(review)


def test_a_review_without_words_is_given_up():
    def silent(request, proposal, step):
        return "" if request.role == "judge" and proposal == 0 else writes("a")(request, proposal, step)

    found = search("evoke", {}, silent, 1, window=1)
    assert found.engine.state.asked == 2


def test_ampo_adds_branches_for_patterns_and_prunes():
    found = search("ampo", {"prune_every": 3}, writes("a", "a b", "b", "a b c"), 6, window=1)
    assert found.operators() == ["branch", "branch", "simplify"] * 2
    patterns, branch = found.requests[:2]
    assert (patterns.role, branch.role) == ("reflect", "mutate")
    assert "Sort their causes into patterns" in task(patterns)
    assert "reflect 0" in task(branch)
    assert found.jobs[5].parents == ("3-0",)
    assert set(search("ampo", {"prune_every": 0}, writes("a", "b"), 2).operators()) == {"branch"}


def test_directional_compares_the_best_with_past_attempts_in_ascending_order():
    found = search("directional", {"attempts": 2}, writes("a", "a b", "a b c"), 4)
    assert found.operators() == ["rewrite", "steer", "steer", "steer"]
    assert found.jobs[2].parents == ("1-0",)
    assert set(found.jobs[2].inspirations) == {"0-0", "seed-0"}
    steer = next(r for r in found.requests if r.role == "reflect")
    assert prompt(steer).index("Inspiration") < prompt(steer).index("Parent")
    assert "reflect 1" in task(found.asked("reviewer of the parent")[0])


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("gepa", {"minibatch": 0}),
        ("gepa", {"merges": -1}),
        ("evoprompt_de", {"population": 2}),
        ("promptbreeder", {"population": 1}),
        ("evoke", {"hardest": 0}),
        ("ampo", {"prune_every": -1}),
        ("directional", {"attempts": 0}),
    ],
)
def test_wrong_parameters_are_refused(name, params):
    with pytest.raises(ConfigError, match=name):
        make_recipe(name, PROMPTS, params)


@pytest.mark.parametrize(
    "name", ["promptbreeder", "evoke", "ampo", "directional", "evoprompt_de", "evoprompt_ga", "gepa"]
)
def test_before_any_valid_seed_they_wait(name):
    recipe = make_recipe(name, PROMPTS)
    tell(recipe, "seed-0", None)
    assert ask(recipe, 0) is None
