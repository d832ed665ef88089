"""FunSearch, ShinkaEvolve and the Darwin Gödel Machine: whom they choose, and what they ask for."""

from collections import Counter
from dataclasses import replace

import pytest
from searching import PROBLEM, ask, possible, program, prompt, score, searched, task, tell

from evoengine.effects import Embed, Embedded, Generated
from evoengine.errors import ConfigError
from evoengine.operators.model_operators import MODEL_OPERATORS
from evoengine.recipes import make_recipe
from evoengine.rng import stream
from evoengine.types import Candidate, Evaluation, Job, Known, Usage


def several(request, proposal, step):
    return [program(f"{proposal}.{sample}") for sample in range(request.n)]


# FunSearch


def test_funsearch_asks_four_times_for_the_version_after_two_that_are_shown_in_ascending_order():
    search = searched("funsearch", {"islands": 1, "temperature": 1000.0}, several, 24)
    assert {request.n for request in search.requests} == {4}
    two = next(job for job in search.jobs[1:] if len(job.parents) == 2)
    better, worse = (search.told(name) for name in two.parents)
    assert better.evaluation.fitness > worse.evaluation.fitness
    request = search.requests[two.proposal]
    shown = [prompt(request).index(known.candidate.genome["main.py"]) for known in (worse, better)]
    assert shown == sorted(shown)
    assert "latest is v1. Write v2, the improved version of v1" in " ".join(task(request).split())


def test_funsearch_shows_a_seed_alone_as_the_first_version():
    search = searched("funsearch", {}, several, 1)
    assert "latest is v0. Write v1" in task(search.requests[0])


def test_funsearch_offspring_stay_on_the_island_of_their_parents():
    search = searched("funsearch", {"islands": 3}, several, 60)
    homes = Counter()
    for job in search.jobs[5:]:
        homes[job.island] += 1
        parents = [search.told(name).candidate for name in job.parents]
        assert all(parent.operator == "seed" or parent.island == job.island for parent in parents)
    assert set(homes) == {0, 1, 2}


def test_funsearch_begins_the_worse_half_of_the_islands_anew():
    search = searched("funsearch", {"islands": 2, "reset_every": 20}, several, 24)
    assert search.recipe.stats()["resets"] == 1


def test_funsearch_prefers_clusters_with_high_scores_when_it_is_cold():
    recipe = make_recipe("funsearch", PROBLEM, {"islands": 1, "versions": 1})
    assert ask(recipe, 0) is None
    for n, fitness in enumerate((0.0, 5.0, 1.0)):
        tell(recipe, f"{n}-0", fitness, operator="next_version")
    assert possible(recipe, 3) == {"1-0"}


# ShinkaEvolve


def test_shinka_takes_its_three_forms_of_patch_in_their_shares_and_writes_notes():
    recipe = make_recipe("shinka", PROBLEM, {"islands": 1})
    for n in range(8):
        tell(recipe, f"{n}-0", float(n), operator="edit", parents=("seed-0",))
    jobs = [ask(recipe, 10 + n) for n in range(1000)]
    share = {name: count / len(jobs) for name, count in Counter(job.operator for job in jobs).items()}
    assert share["summarise"] == 0.1
    assert share["edit"] == pytest.approx(0.54, abs=0.05)
    assert share["rewrite"] == pytest.approx(0.27, abs=0.05)
    assert share["combine"] == pytest.approx(0.09, abs=0.03)
    crossed = [job for job in jobs if job.operator == "combine"]
    assert all(len(set(job.parents)) == 2 for job in crossed)
    patches = [job for job in jobs if job.operator != "summarise"]
    assert {job.args["temperature"] for job in patches} == {0.0, 0.5, 1.0}
    assert all("7-0" in job.parents + job.inspirations for job in patches), "the best is always shown"
    assert all(not set(job.parents) & set(job.inspirations) for job in patches)


def test_shinka_prefers_parents_above_the_median_with_few_children():
    recipe = make_recipe("shinka", PROBLEM, {"islands": 1})
    for n, fitness in enumerate((0.0, 1.0, 2.0, 3.0, 4.0)):
        tell(recipe, f"{n}-0", fitness, operator="edit")
    for n in range(20):
        tell(recipe, f"{10 + n}-0", None, operator="edit", parents=("4-0",))
    drawn = Counter(ask(recipe, 40 + n).parents[0] for n in range(400) if n % 10 != 9)
    assert drawn["3-0"] > 5 * drawn["4-0"] > 0, "what failed was a child as well"
    assert drawn["0-0"] + drawn["1-0"] < 4


def test_shinka_refuses_a_copy_before_it_is_evaluated_and_asks_again():
    lines = "".join(f"x{n} = {n}\n" for n in range(1000))
    recipe = make_recipe("shinka", PROBLEM)
    parent = Known(Candidate("seed-0", {"main.py": lines}, "digest"), Evaluation("seed-0", "ok", 1.0))
    job = Job(0, "rewrite", ("seed-0",))
    conversation = recipe.vary(job, {"seed-0": parent}, stream(1, 0, "vary"))
    next(conversation)
    assert isinstance(conversation.send(Generated((f"```python main.py\n{lines}y = 1\n```",))), Embed)
    again = conversation.send(Embedded(()))
    assert "all but the same" in again.messages[1].content
    conversation.send(Generated((program(2.5),)))
    with pytest.raises(StopIteration) as end:
        conversation.send(Embedded(()))
    assert [draft.genome["main.py"] for draft in end.value.value] == ["X = 2.5\n"]


def test_shinka_learns_which_model_to_ask_for_each_form():
    recipe = make_recipe("shinka", PROBLEM, {"islands": 1, "archive": 2, "models": ["small", "large"]})
    tell(recipe, "seed-0", 0.0)
    for n in range(60):
        tell(recipe, f"{2 * n}-0", float(n), operator="edit(large)", parents=("seed-0",))
        recipe.abandon(Job(2 * n + 1, "edit(small)", ("seed-0",)), Usage(calls=1))
    asked = [ask(recipe, 200 + n) for n in range(400)]
    edits = Counter(job.args["model"] for job in asked if job.operator.startswith("edit"))
    assert edits["large"] > 10 * edits["small"]
    others = {job.operator for job in asked if job.operator.startswith("rewrite")}
    assert others == {"rewrite(small)", "rewrite(large)"}


def test_shinka_waits_for_a_seed():
    assert ask(make_recipe("shinka", PROBLEM), 0) is None


# The Darwin Gödel Machine


def graded(trial):
    evaluation = score(trial)
    cases = {"low": 1.0, "high": min(1.0, evaluation.fitness / 10)}
    return replace(evaluation, cases=cases, artifacts={"high": "It stopped at step 3."})


def diagnosing(request, proposal, step):
    return "It lacks height." if request.role == "reflect" else program(f"{proposal}.5")


def test_dgm_diagnoses_a_failed_case_by_its_record_and_edits_by_the_diagnosis():
    search = searched("dgm", {"edit_format": "rewrite"}, diagnosing, 1, evaluate=graded)
    question, change = search.requests
    assert question.role == "reflect"
    assert "falls short on the case high, which scores -0.1." in task(question)
    assert "```text untrusted\nIt stopped at step 3.\n```" in task(question)
    assert "It lacks height." in task(change)
    assert search.told("0-0").candidate.notes == "It lacks height."


def test_dgm_keeps_what_works_and_grows_it_two_children_at_a_time():
    search = searched("dgm", {"edit_format": "rewrite"}, diagnosing, 8)
    assert search.recipe.stats()["num_elites"] == 9
    for job in search.jobs:
        start = job.proposal // 2 * 2
        assert all(search.told(name).candidate.proposal < start for name in job.parents)
    assert "falls short on its task." in task(search.requests[0])


def test_dgm_waits_for_the_generation_before():
    recipe = make_recipe("dgm", PROBLEM)
    assert ask(recipe, 0) is None
    tell(recipe, "seed-0", 0.4)
    assert ask(recipe, 1, told=0).parents == ("seed-0",)
    assert ask(recipe, 2, told=1) is None
    assert ask(recipe, 2).operator == "diagnose"


def test_dgm_edits_by_default_and_gives_up_without_a_diagnosis():
    def edits(request, proposal, step):
        if request.role == "reflect":
            return "Up." if proposal else ""
        return "Up.\n<<<<<<< SEARCH main.py\nX = -1.0\n=======\nX = 4.0\n>>>>>>> REPLACE"

    search = searched("dgm", {}, edits, 1)
    assert search.recipe.best() == "1-0"
    assert len(search.asked("falls short")) == len(search.asked("follows this advice")) + 1


@pytest.mark.parametrize("scores", [{"a": 1.0, "b": 1.0}, {"a": 0.0, "b": 1.0, "c": 0.5}])
def test_the_case_that_is_diagnosed_is_one_that_fails_or_any_where_none_does(scores):
    evaluation = Evaluation("0-0", "ok", 1.0, cases=scores)
    parent = Known(Candidate("0-0", PROBLEM.seeds[0], "digest"), evaluation)
    questions = set()
    for seed in range(30):
        conversation = MODEL_OPERATORS["diagnose"]()(PROBLEM, [parent], (), stream(seed, 0, "vary"))
        questions.add(next(conversation).messages[1].content.partition("the case ")[2][0])
    assert questions == ({"a", "b"} if len(scores) == 2 else {"a", "c"})


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("funsearch", {"versions": 0}),
        ("funsearch", {"temperature": 0.0}),
        ("shinka", {"islands": 0}),
        ("shinka", {"archive": 1}),
        ("dgm", {"children": 0}),
        ("dgm", {"edit_format": "words"}),
    ],
)
def test_wrong_parameters_are_refused(name, params):
    with pytest.raises(ConfigError, match=name):
        make_recipe(name, PROBLEM, params)
