"""Recipes that learn from comparisons: pohf and qdhf, and what they are made of."""

import numpy as np
import pytest
from searching import PROBLEM, ask, number, program, searched, tell

from evoengine.effects import Generated
from evoengine.errors import ConfigError
from evoengine.operators.preferring import Preference, _read
from evoengine.recipes import Comparing, make_recipe
from evoengine.rng import stream
from evoengine.text.hashed import hashed


def content(request):
    return request.messages[-1].content


def numbers(request):
    """Give the numbers that a judge is shown, in order."""
    return [
        float(line.removeprefix("X = ")) for line in content(request).splitlines() if line.startswith("X = ")
    ]


def judging(request, proposal, step):
    """Prefer the lesser number, and write numbers that go down; likeness is nearness."""
    if request.role != "judge":
        return program(-2.0 - proposal)
    shown = numbers(request)
    if len(shown) == 2:
        return "first" if shown[0] < shown[1] else "second"
    return "Second!" if abs(shown[2] - shown[0]) < abs(shown[1] - shown[0]) else "first"


@pytest.mark.parametrize(
    ("reply", "read"),
    [
        (Generated(("Second.",)), "second"),
        (Generated(("first or second",)), ""),
        (Generated(()), ""),
        (Generated(("first",), likelihoods=({"first": 0.2, "second": 0.7},)), "second"),
    ],
)
def test_a_judges_word_is_read_strictly(reply, read):
    assert _read(reply) == read


def test_pohf_goes_by_the_judge_and_not_by_the_fitness():
    search = searched("pohf", {}, judging, 12)
    judged = [request for request in search.requests if request.role == "judge"]
    assert judged
    assert all(request.choices == ("first", "second", "tie") for request in judged)
    assert all("It is" not in content(request) for request in judged), "the judge sees no feedback"
    assert len(judged) % 2 == 0
    preferences = [
        Preference.of_notes(search.told(f"{job.proposal}-0").candidate.notes) for job in search.jobs
    ]
    assert sum(preference is not None for preference in preferences) == search.operators().count("prefer")
    for preference in filter(None, preferences):
        better, worse = (
            search.told(name).evaluation.fitness for name in (preference.better, preference.worse)
        )
        assert better < worse
    assert search.recipe.stats()["preferences"] == search.operators().count("prefer")
    assert search.told(search.recipe.best()).evaluation.fitness < -2.0


def test_the_offspring_comes_of_the_preferred_one():
    search = searched("pohf", {}, judging, 6)
    for job in search.jobs:
        if job.operator == "prefer":
            notes = search.told(f"{job.proposal}-0").candidate.notes
            better = number(search.told(Preference.of_notes(notes).better).candidate.genome)
            written = [request for request in search.requests if request.role == "mutate"][job.proposal]
            assert f"## Parent\n\n- x: {better:g}" in content(written)


def test_an_answer_that_changes_with_the_order_is_a_tie_and_an_unreadable_one_nothing():
    def first(request, proposal, step):
        return "first" if request.role == "judge" else program(-proposal - 2.0)

    notes = {
        k.candidate.notes.split()[-3]
        for k in searched("pohf", {}, first, 8).recipe.elites()
        if "[" in k.candidate.notes
    }
    assert notes == {"ties"}

    def silent(request, proposal, step):
        return "hm" if request.role == "judge" else program(-proposal - 2.0)

    search = searched("pohf", {}, silent, 8)
    assert search.recipe.stats()["preferences"] == 0.0
    assert search.recipe.best() == "seed-0"


def test_pohf_asks_only_people_without_a_judge_and_learns_from_their_answers():
    recipe = make_recipe("pohf", PROBLEM, {"judge": False})
    assert isinstance(recipe, Comparing)
    assert recipe.comparison(stream(0, 0, "ask")) == ()
    assert ask(recipe, 0) is None
    for n, fitness in enumerate((1.0, 7.0, 4.0)):
        tell(recipe, f"seed-{n}", fitness)
    assert recipe.best() == "seed-1"
    for better, worse in (("seed-0", "seed-1"), ("seed-0", "seed-2"), ("seed-0", "nobody")):
        recipe.steer({"preference": {"better": better, "worse": worse}, "number": 1})
    recipe.steer({"hint": "nothing to learn from"})
    assert recipe.best() == "seed-0"
    assert recipe.stats()["preferences"] == 2.0
    job = ask(recipe, 3)
    assert (job.operator, job.parents) == ("rewrite", ("seed-0",))
    assert len(job.inspirations) == 1


def test_hashed_texts_have_length_one_and_alike_ones_are_near():
    one, near, far = (hashed({"t.md": t}, 64) for t in ("a b c d e f", "a b c d e g", "p q r s t u"))
    assert np.linalg.norm(one) == pytest.approx(1.0)
    assert one @ near > one @ far + 0.3
    assert not hashed({"t.md": ""}, 64).any()


def test_qdhf_asks_for_judgments_learns_and_puts_everybody_into_the_new_cells():
    search = searched("qdhf", {"learn_every": 5, "accuracy": 0.0, "judge_every": 1}, judging, 14)
    recipe = search.recipe
    assert recipe.stats()["judgments"] >= 5.0
    assert search.operators().count("liken") > 5
    judged = [request for request in search.requests if request.role == "judge"]
    assert all(len(numbers(request)) == 3 for request in judged)
    measures = [k.evaluation.measures for k in recipe.elites()]
    assert all({"likeness_0", "likeness_1", "tens"} <= set(m) for m in measures)
    assert len({m["likeness_0"] for m in measures}) == len(measures)


def test_qdhf_takes_a_projection_over_only_if_it_is_good_on_what_was_held_out():
    def taught(accuracy):
        recipe = make_recipe("qdhf", PROBLEM, {"learn_every": 5, "accuracy": accuracy, "judge_every": 0})
        for n in range(8):
            tell(recipe, f"{n}-0", float(n))
        before = [dict(k.evaluation.measures) for k in recipe.elites()]
        for n in range(5):
            recipe.steer(
                {"preference": {"better": f"{n + 1}-0", "worse": f"{n + 2}-0", "reference": f"{n}-0"}}
            )
        recipe.steer({"preference": {"better": "1-0", "worse": "2-0", "reference": "0-0", "tie": True}})
        recipe.steer({"preference": {"better": "1-0", "worse": "nobody", "reference": "0-0"}})
        recipe.steer({"hint": "x"})
        assert recipe.stats()["judgments"] == 5.0
        return before != [dict(k.evaluation.measures) for k in recipe.elites()]

    assert not taught(1.1)
    assert taught(0.0)
    recipe = make_recipe("qdhf", PROBLEM, {"judge_every": 0})
    assert recipe.comparison(stream(0, 0, "ask")) == ()
    tell(recipe, "seed-0", 1.0)
    assert ask(recipe, 0).operator == "rewrite"


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("pohf", {"exploration": -1.0}),
        ("qdhf", {"axes": 0}),
        ("qdhf", {"learn_every": 4}),
        ("qdhf", {"judge_every": -1}),
    ],
)
def test_wrong_parameters_are_refused(name, params):
    with pytest.raises(ConfigError, match=name):
        make_recipe(name, PROBLEM, params)
