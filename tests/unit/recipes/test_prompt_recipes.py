"""The recipes for prompts, on a prompt whose cases are words that it must hold."""

from dataclasses import replace

import pytest
from searching import ask, prompt, searched, task, tell

from evoengine.effects import Generated
from evoengine.errors import ConfigError
from evoengine.operators.breeding import RULES, Breed
from evoengine.operators.cases import Merge, drawn_cases
from evoengine.recipes import make_recipe
from evoengine.rng import stream
from evoengine.types import Candidate, Evaluation, Known, Objective, Problem

CASES = ("train-a", "train-b", "train-c", "train-d", "validation-e", "validation-f")
PROMPTS = Problem(
    "words",
    ({"prompt.md": "Say x.\n"},),
    statement="Write a prompt that holds words.",
    objectives=(Objective("share"),),
    cases=CASES,
)
PAIR = replace(PROMPTS, seeds=({"one.md": "Say x.\n", "two.md": "Say y.\n"},))


def score(task):
    words = set(" ".join(task.genome.values()).split())
    names = task.cases or CASES
    cases = {name: float(name[-1] in words) for name in names}
    missing = [name for name in names if not cases[name] and name.startswith("train")]
    feedback = f"missing: {', '.join(missing)}" if missing else ""
    share = sum(cases.values()) / len(names)
    return Evaluation("", "ok", share, {"share": share}, cases=cases, feedback=feedback)


def writes(*texts, name="prompt.md"):
    """Write the text of a proposal, or the last, each different."""

    def answer(request, proposal, step):
        if request.role != "mutate":
            return f"{request.role} {proposal}"
        return f"Try.\n```markdown {name}\n{texts[min(proposal, len(texts) - 1)]} no{proposal}\n```"

    return answer


def search(name, params, answer, candidates, *, problem=PROMPTS, **settings):
    return searched(name, params, answer, candidates, problem=problem, evaluate=score, **settings)


def known(name, text, fitness=0.5, **cases):
    genome = {"prompt.md": text} if isinstance(text, str) else text
    return Known(Candidate(name, genome, text), Evaluation(name, "ok", fitness, cases=cases))


# GEPA


def test_gepa_evaluates_on_all_cases_what_gains_on_a_minibatch_and_prunes_the_rest():
    found = search("gepa", {"minibatch": 4}, writes("a b", "zzz", "a b c d"), 3, window=1)
    first, second, third = (found.told(f"{n}-0") for n in range(3))
    assert first.evaluation.fitness == pytest.approx(2 / 6)
    assert set(first.evaluation.cases) == set(CASES)
    assert (second.evaluation.status, second.evaluation.fitness) == ("pruned", None)
    assert "0 on the minibatch, the parent 0.5" in second.evaluation.feedback
    assert third.candidate.parents == ("0-0",)
    assert found.recipe.best() == "2-0"
    assert found.engine.state.spent.evaluations == 1 + 3 + 2 + 3


def test_gepa_evaluates_what_another_minibatch_has_pruned():
    def answer(request, proposal, step):
        text = "a" if "Say x" in prompt(request) else f"q{proposal}"
        return f"Try.\n```markdown prompt.md\n{text}\n```"

    found = search("gepa", {"minibatch": 1}, answer, 12, window=1)
    told = [found.told(f"{n}-0") for n in range(12)]
    same = [one.evaluation.status for one in told if one.candidate.genome == {"prompt.md": "a\n"}]
    assert same[0] == "pruned"
    assert same[-1] == "ok"


def test_gepa_shows_the_traces_of_training_cases_of_the_minibatch_only():
    found = search("gepa", {"minibatch": 2}, writes("a b c d"), 1)
    shown = prompt(found.requests[0])
    assert shown.count("train-") == 4, "two as the lowest cases, two in the feedback"
    assert "validation" not in shown
    assert "Find\nout what the parent fails to say" in task(found.requests[0])


def test_gepa_changes_one_text_at_a_time():
    def answer(request, proposal, step):
        return "Try.\n```markdown one.md\nSay a.\n```\n```markdown two.md\nSay b.\n```"

    found = search("gepa", {}, answer, 8, problem=PAIR, window=1)
    focus = {
        one
        for r in found.requests
        for one in ("one.md", "two.md")
        if f"only `{one}` may change" in r.messages[0].content
    }
    assert focus == {"one.md", "two.md"}
    for job in found.jobs[:8]:
        if job.operator == "learn":
            child, parent = found.told(f"{job.proposal}-0"), found.told(job.parents[0])
            assert (
                sum(child.candidate.genome[n] != parent.candidate.genome[n] for n in child.candidate.genome)
                == 1
            )


def told(recipe, name, parents, **cases):
    scores = {case: cases.get(case[-1], 0.0) for case in CASES}
    genome = {"one.md": name, "two.md": "y"}
    candidate = Candidate(
        name, genome, name, parents=parents, operator="learn", proposal=int(name[0]) if parents else -1
    )
    recipe.tell(candidate, Evaluation(name, "ok", sum(scores.values()) / 6, cases=scores))


def test_gepa_merges_two_lineages_of_one_ancestor_and_not_too_often():
    recipe = make_recipe("gepa", PAIR, {"merges": 1})
    told(recipe, "seed-0", (), a=0.1)
    assert ask(recipe, 10).operator == "learn"
    told(recipe, "1-0", ("seed-0",), a=1.0)
    told(recipe, "2-0", ("seed-0",), b=1.0)
    jobs = [ask(recipe, 10, seed=seed) for seed in range(20)]
    assert {job.operator for job in jobs} == {"merge"}
    assert {frozenset(job.parents) for job in jobs} == {frozenset({"seed-0", "1-0", "2-0"})}
    assert all(job.parents[2] == "seed-0" for job in jobs)
    assert ask(recipe, 20).operator == "learn"
    assert ask(recipe, 0).operator == "learn"


def test_gepa_does_not_merge_a_text_alone_or_a_parent_with_its_child():
    for problem in (PROMPTS, PAIR):
        recipe = make_recipe("gepa", problem)
        told(recipe, "seed-0", (), a=1.0)
        told(recipe, "1-0", ("seed-0",), b=1.0)
        assert {ask(recipe, 10, seed=seed).operator for seed in range(20)} == {"learn"}


def test_gepa_draws_parents_by_the_number_of_cases_that_they_lead():
    recipe = make_recipe("gepa", PROMPTS)
    told(recipe, "seed-0", (), a=1.0, b=1.0, c=1.0, d=1.0, e=1.0)
    told(recipe, "1-0", ("seed-0",), f=1.0)
    drawn = [ask(recipe, 1, seed=seed).parents[0] for seed in range(300)]
    assert drawn.count("seed-0") / 300 == pytest.approx(5 / 6, abs=0.07)


def test_gepa_tells_what_fails_on_a_minibatch_as_failed():
    def fails(task):
        return Evaluation("", "invalid", feedback="no") if "zzz" in str(task.genome) else score(task)

    found = searched("gepa", {}, writes("zzz"), 1, problem=PROMPTS, evaluate=fails, window=1)
    assert found.told("0-0").evaluation.status == "invalid"
    assert found.engine.state.spent.evaluations == 3


def test_a_review_without_words_is_given_up():
    def silent(request, proposal, step):
        return "" if request.role == "judge" and proposal == 0 else writes("a")(request, proposal, step)

    found = search("evoke", {}, silent, 1, window=1)
    assert found.engine.state.asked == 2


def test_gepa_goes_without_cases():
    found = searched("gepa", {}, lambda r, n, s: f"Try.\n```python main.py\nX = {n}\n```", 4, window=1)
    assert [found.told(f"{n}-0").evaluation.fitness for n in range(4)] == [0.0, 1.0, 2.0, 3.0]
    assert found.engine.state.spent.evaluations == 5


def test_a_minibatch_has_a_case_that_is_not_solved_if_there_is_one():
    parent = known("0-0", "x", **{"train-a": 1.0, "train-b": 1.0, "train-c": 0.0, "train-d": 1.0})
    draws = [drawn_cases(PROMPTS, parent, 2, stream(0, n, "vary")) for n in range(30)]
    assert all(draw[0] == "train-c" and len(draw) == 2 for draw in draws)
    assert {draw[1] for draw in draws} == {"train-a", "train-b", "train-d"}
    solved = known("0-0", "x", **dict.fromkeys(CASES, 1.0))
    assert len({drawn_cases(PROMPTS, solved, 2, stream(0, n, "vary")) for n in range(30)}) > 3


def merged(first, second, ancestor):
    conversation = Merge()(PAIR, (first, second, ancestor), (), stream(0, 0, "vary"))
    with pytest.raises(StopIteration) as stop:
        next(conversation)
    return stop.value.value


def test_a_merge_takes_each_text_from_whoever_changed_it_and_else_from_the_fitter():
    old = known("seed-0", {"one.md": "x", "two.md": "y", "three.md": "z"})
    one = known("0-0", {"one.md": "X", "two.md": "y", "three.md": "Z"}, 0.5)
    two = known("1-0", {"one.md": "x", "two.md": "Y", "three.md": "ZZ"}, 0.6)
    assert merged(one, two, old)[0].genome == {"one.md": "X", "two.md": "Y", "three.md": "ZZ"}
    alike = known("2-0", {"one.md": "x", "two.md": "y", "three.md": "Z"}, 0.4)
    assert merged(one, alike, old).reason == "unchanged"


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
    assert "Begin with a mark from 1 to 10" in task(review)
    assert "judge 1" in task(rewrite)
    assert len(found.jobs[1].inspirations) == 1
    hardest = (
        "missing: train-c, train-d" if found.jobs[1].parents == ("0-0",) else "missing: train-a, train-b"
    )
    assert hardest in prompt(review)


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
