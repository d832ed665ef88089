"""Recipes for prompts that weigh what they are steered by, each in a whole scripted search."""

import re
from dataclasses import replace

import pytest
from searching import ask, prompt, task, tell
from words import PROMPTS, known, search, writes

from evoengine.archives import Aspects
from evoengine.effects import Generated
from evoengine.errors import ConfigError
from evoengine.operators.controlling import Control
from evoengine.operators.weighing import Weigh
from evoengine.problem import Objective
from evoengine.recipes import make_recipe
from evoengine.rng import stream
from evoengine.types import Candidate, Evaluation, Known

# InstOptima


def test_instoptima_mutates_and_crosses_definitions_and_examples():
    found = search("instoptima", {"population": 4}, writes("a", "a b", "a b c", "a b c d"), 40, window=1)
    assert set(found.operators()) == {
        "mutate_definition",
        "cross_definition",
        "mutate_examples",
        "cross_examples",
    }
    assert found.jobs[0].parents == ("seed-0",)
    for job, request in zip(found.jobs, found.requests, strict=True):
        crossing = job.operator.startswith("cross")
        assert len(set(job.parents)) == 1 + crossing
        assert ("Cross over one part" if crossing else "Vary one part") in task(request)
        assert ("the definition" if job.operator.endswith("definition") else "the examples") in task(request)
        lengths = [str(len(found.told(name).candidate.genome["prompt.md"])) for name in job.parents]
        assert f"have {' and '.join(lengths)} characters" in " ".join(task(request).split()).replace(
            "has", "have"
        )
        assert "- share: " in prompt(request)


def told(recipe, name, fitness, text, **objectives):
    candidate = Candidate(name, {"prompt.md": text}, text)
    recipe.tell(candidate, Evaluation(name, "ok", fitness, {"share": fitness, **objectives}))


def test_instoptima_keeps_what_is_worse_if_it_is_shorter():
    recipe = make_recipe("instoptima", PROMPTS, {"population": 2})
    told(recipe, "seed-0", 0.5, "x" * 50)
    told(recipe, "0-0", 0.4, "x" * 60)
    told(recipe, "1-0", 0.3, "x" * 10)
    assert {known.candidate.id for known in recipe.elites()} == {"seed-0", "1-0"}
    assert recipe.best() == "seed-0"


def test_instoptima_leaves_a_length_of_the_problem_alone():
    problem = replace(PROMPTS, objectives=(Objective("share"), Objective("source_length", "max")))
    recipe = make_recipe("instoptima", problem, {"population": 1})
    told(recipe, "seed-0", 0.5, "x", source_length=3.0)
    told(recipe, "0-0", 0.5, "xx", source_length=4.0)
    assert [known.evaluation.objectives["source_length"] for known in recipe.elites()] == [4.0]


# TAPO


def weighs(weights, *texts):
    def answer(request, proposal, step):
        return weights if request.role == "reflect" else writes(*texts)(request, proposal, step)

    return answer


def test_tapo_has_metrics_weighed_once_and_then_holds_tournaments():
    answer = weighs("Reasoning.\n- score: 1\n- **brevity**: 0.5", "", "a", "a b", "zz")
    found = search("tapo", {"population": 3}, answer, 12)
    assert found.operators() == ["weigh"] + ["modify"] * 11
    assert "- variety: " in task(found.requests[0])
    assert found.told("0-0").candidate.notes.startswith("Reasoning.")
    assert found.told("0-0").candidate.genome == found.told("seed-0").candidate.genome
    assert found.engine.state.spent.evaluations == 12, "the parent, told again with the weights, costs none"
    assert found.recipe._weights == {"score": 1.0, "brevity": 0.5}
    assert found.recipe.best() == "2-0"
    assert len(found.recipe._members) == 3


def member(recipe, name, fitness, text, **origin):
    candidate = Candidate(name, {"prompt.md": text}, f"digest {text}", **origin)
    recipe.tell(candidate, Evaluation(name, "ok", fitness, {"share": fitness}))


@pytest.mark.parametrize(("said", "winner"), [("none", "1-0"), ("score: 1\nbrevity: 9", "2-0")])
def test_tapo_keeps_and_mutates_what_is_worth_most_by_the_weights(said, winner):
    recipe = make_recipe("tapo", PROMPTS, {"population": 3, "rivals": 3})
    member(recipe, "seed-0", 0.1, "Say x.")
    assert ask(recipe, 0, in_flight=1) is None
    member(recipe, "0-0", 0.1, "Say x.", operator="weigh", notes=said)
    member(recipe, "1-0", 0.9, "long " * 30)
    member(recipe, "2-0", 0.5, "x")
    member(recipe, "3-0", 0.0, "middling " * 9)
    assert [known.candidate.id for known in recipe._members.values()] == ["seed-0", "1-0", "2-0"]
    assert {ask(recipe, 4, seed=seed).parents for seed in range(9)} == {(winner,)}
    assert recipe.best() == "1-0"


def test_aspects_hold_further_objectives_in_their_own_direction():
    problem = replace(PROMPTS, objectives=(Objective("share"), Objective("cost", "min")))
    aspects = Aspects(problem)
    assert list(aspects.meanings) == ["score", "cost score", "brevity", "variety"]
    assert aspects.weights("cost score: .5\nvariety = 3\nother: 1\nscore: 0.2") == {
        "score": 1.0,
        "cost score": 0.5,
        "variety": 1.0,
    }
    dear, cheap = (
        Known(Candidate(str(cost), {"prompt.md": "x"}, ""), Evaluation("", "ok", 1.0, {"cost": cost}))
        for cost in (3.0, 1.0)
    )
    assert aspects.worths([dear, cheap], {"score": 1.0, "cost score": 0.5}) == [0.0, 0.5]


def test_tapo_gives_up_a_weighing_without_words():
    conversation = Weigh()(PROMPTS, [known("0-0", "x")], (), stream(0, 0, "vary"))
    next(conversation)
    with pytest.raises(StopIteration) as stop:
        conversation.send(Generated(("",)))
    assert stop.value.value.reason == "empty"


# PID


def test_pid_goes_on_from_the_latest_attempt_by_weighed_feedback():
    found = search("pid", {"memory": 3}, writes("a b c", "a", "a b"), 4)
    assert found.operators() == ["control"] * 4
    assert [job.parents for job in found.jobs] == [("seed-0",), ("0-0",), ("1-0",), ("2-0",)]
    assert found.jobs[3].inspirations == ("0-0", "1-0")
    assert [request.role for request in found.requests] == ["reflect", "mutate"] * 4
    # Errors 1 and 1/2: 0.5 now, 0.1 (1 + 0.5) in all, 0.5 (0.5 - 1) for the change.
    assert "Now, 111 words" in task(found.requests[2])
    assert "Ever again, 33 words" in task(found.requests[2])
    assert "The last change, 56 words" in task(found.requests[2])
    assert "output is 0.4," in task(found.requests[2])
    assert "reflect 1" in task(found.requests[3])
    assert found.told("1-0").candidate.notes == "reflect 1"
    assert found.recipe.best() == "0-0"


def test_pid_leaves_failed_attempts_out_of_its_chain():
    recipe = make_recipe("pid", PROMPTS)
    tell(recipe, "seed-0", 0.1)
    tell(recipe, "0-0", None)
    assert ask(recipe, 1).parents == ("seed-0",)
    assert ask(recipe, 1, in_flight=1) is None


def test_a_controller_without_an_error_or_an_earlier_attempt_shares_its_words_evenly():
    control = Control()
    assert control.terms(PROMPTS, [known("0-0", "x", 1.0)]) == (0.0, 0.0, 0.0)
    failed = known("0-0", "x", None)
    assert control.terms(PROMPTS, [known("0-0", "x", 1.0), failed]) == (1.0, 0.1, 0.5)
    request = next(control(PROMPTS, [known("0-0", "x", 1.0)], (), stream(0, 0, "vary")))
    assert task(request).count("67 words") == 3


def test_pid_gives_up_without_feedback():
    conversation = Control()(PROMPTS, [known("0-0", "x")], (), stream(0, 0, "vary"))
    next(conversation)
    with pytest.raises(StopIteration) as stop:
        conversation.send(Generated(("",)))
    assert stop.value.value.reason == "empty"


# MetaSPO

TASKS = replace(PROMPTS, seeds=({"system.md": "Help.\n", "one.md": "Say x.\n", "two.md": "Say y.\n"},))


def answer(request, proposal, step):
    if request.role != "mutate":
        return f"{request.role} {proposal}"
    file = re.search(r"only `(.+)` may change", request.messages[0].content)[1]
    return f"Try.\n```markdown {file}\n{'abcdef'[proposal % 6]} no{proposal}\n```"


def test_meta_spo_betters_the_prompt_of_each_task_and_then_the_one_that_they_share():
    found = search("meta_spo", {"users": 2, "systems": 3}, answer, 14, problem=TASKS)
    inner = ["user_prompt[one.md]"] * 2 + ["user_prompt[two.md]"] * 2
    assert found.operators() == (inner + ["system_prompt"] * 3) * 2
    files = ["one.md"] * 2 + ["two.md"] * 2 + ["system.md"] * 3
    for job, file in zip(found.jobs, files * 2, strict=True):
        old, new = (found.told(name).candidate.genome for name in (job.parents[0], f"{job.proposal}-0"))
        assert [name for name in old if old[name] != new[name]] == [file]
    assert found.jobs[2].parents[0] in {"0-0", "1-0"}
    assert found.jobs[4].parents[0] in {"2-0", "3-0"}
    assert "Analyse the failures of this task" in task(found.requests[0])
    assert "reflect 0" in task(found.asked("reviewer of the parent")[0])
    assert len(found.asked("Analyse its failures over all of them")) == 6


def test_meta_spo_waits_for_the_step_before_and_is_told_which_text_is_shared():
    recipe = make_recipe("meta_spo", TASKS, {"system": "two.md", "users": 1, "systems": 2})
    tell(recipe, "seed-0", 0.1)
    told = {n: ask(recipe, n, told=n).operator for n in range(4)}
    assert list(told.values()) == ["user_prompt[system.md]", "user_prompt[one.md]"] + ["system_prompt"] * 2
    assert ask(recipe, 1, told=0) is None
    assert ask(recipe, 3, told=2).operator == "system_prompt"
    assert ask(recipe, 4, told=3) is None


def test_meta_spo_has_no_inner_loop_where_there_is_one_text():
    assert set(search("meta_spo", {}, writes("a", "a b"), 4).operators()) == {"system_prompt"}


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("meta_spo", {"system": "other.md"}),
        ("meta_spo", {"users": 0}),
        ("instoptima", {"population": 0}),
        ("tapo", {"rivals": 0}),
        ("pid", {"memory": 0}),
        ("pid", {"integral": -0.1}),
        ("pid", {"proportional": 0, "integral": 0, "derivative": 0}),
    ],
)
def test_wrong_parameters_are_refused(name, params):
    with pytest.raises(ConfigError, match=name):
        make_recipe(name, PROMPTS, params)


@pytest.mark.parametrize("name", ["instoptima", "tapo", "pid", "meta_spo"])
def test_before_any_valid_seed_they_wait(name):
    recipe = make_recipe(name, PROMPTS)
    tell(recipe, "seed-0", None)
    assert ask(recipe, 0) is None
