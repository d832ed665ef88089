"""GEPA: minibatches with traces, a front of cases, merges of lineages."""

import re

import pytest
from searching import ask, prompt, searched, task
from words import CASES, PAIR, PROMPTS, known, score, search, writes

from evoengine.operators.cases import Merge, drawn_cases
from evoengine.recipes import make_recipe
from evoengine.rng import stream
from evoengine.types import Candidate, Evaluation


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
    assert "Find out what the parent fails to say" in " ".join(task(found.requests[0]).split())


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


def test_gepa_goes_on_from_a_parent_whose_other_text_is_no_longer_the_seeds():
    def answer(request, proposal, step):
        [file] = re.findall(r"only `(.+)` may change", request.messages[0].content)
        return f"Try.\n```markdown {file}\n{'abcdef'[proposal % 6]} no{proposal}\n```"

    found = searched("gepa", {"merges": 0}, answer, 12, problem=PAIR, evaluate=score, window=1)
    assert found.engine.state.asked == 12, "none was given up as frozen"
    assert set(found.told(found.recipe.best()).candidate.genome.values()).isdisjoint({"Say x.\n", "Say y.\n"})


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
