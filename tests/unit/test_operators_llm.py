"""Operators that ask a model one question, and what comes of its replies."""

import pytest
from conversations import EDIT, GOOD, SEED, asked, hold, main, requests_of
from prompt_samples import HELPER, MAIN, PARENT, PROBLEM

from evoengine.errors import RecipeError
from evoengine.operators import Gaussian
from evoengine.operators.model import Hints, with_hints
from evoengine.operators.model_operators import MODEL_OPERATORS
from evoengine.operators.rewrite import (
    Aim,
    Combine,
    Edit,
    Explore,
    Modify,
    Reparameterise,
    Rewrite,
    Simplify,
)
from evoengine.ports import Operator
from evoengine.rng import stream
from evoengine.types import Draft

# One parent, one question


def test_rewrite():
    (child,), (request,), _ = hold(Rewrite(), GOOD[0])
    assert child.candidate.genome == {"main.py": main("0.6"), "helper.py": HELPER}
    assert child.candidate.notes == "Scale 0.6."
    assert (child.candidate.model, child.candidate.operator) == ("scripted", "it")
    assert child.candidate.parents == ("seed-0",)
    assert child.evaluation.usage.calls == 1
    assert (request.role, request.n, request.temperature, request.model) == ("mutate", 1, None, "")
    assert "scores better" in asked(request)


def test_edit():
    (child,), (request,), _ = hold(Edit(), EDIT)
    assert child.candidate.genome["main.py"] == main("0.9")
    assert "<<<<<<< SEARCH main.py" in request.messages[0].content


def test_combine_takes_two_parents():
    seeds = [SEED, {**SEED, "main.py": main("0.55")}, {**SEED, "main.py": main("0.56")}]
    (child,), (request,), _ = hold(Combine(), GOOD[0], seeds=seeds)
    assert child.candidate.parents == ("seed-0", "seed-1")
    prompt = request.messages[1].content
    assert prompt.index("## Parent 1") < prompt.index("## Parent 2") < prompt.index("## Inspiration")


@pytest.mark.parametrize(
    ("operator", "word"),
    [
        (Explore(), "different"),
        (Simplify(), "less"),
        (Modify(), "different form"),
        (Reparameterise(), "parameters"),
    ],
)
def test_operators_differ_in_their_task(operator, word):
    (child,), (request,), _ = hold(operator, GOOD[1])
    assert child.candidate.genome["main.py"] == main("0.7")
    assert word in asked(request)


def test_aim_names_the_values_of_the_jobs_cell():
    (_,), (request,), _ = hold(Aim(), GOOD[0], cell=(2, 1, 0))
    assert "- spread: 0.5 to 0.75\n- depth: 1 to 10\n- style: greedy" in asked(request)


def test_aim_needs_a_cell():
    with pytest.raises(RecipeError, match="'aim' needs a job with a cell"):
        Aim()(PROBLEM, [PARENT], [], stream(0, 0, "vary"))


def test_hints_reach_the_request_and_the_prompt():
    hints = {"model": "strong", "temperature": 0.5, "notes": "seed-1"}
    seeds = [SEED, {**SEED, "main.py": main("0.55")}]
    (_,), (request,), _ = hold(Rewrite(), GOOD[0], seeds=seeds, args=hints)
    assert (request.model, request.temperature) == ("strong", 0.5)
    assert "learnt so far" not in request.messages[1].content  # a seed has no notes
    told = Rewrite().with_hints(Hints(notes="Up is good."))
    (request,) = requests_of(told, GOOD[0])
    assert "# What the search has learnt so far\n\nUp is good." in request.messages[1].content


def test_operators_without_a_use_for_hints_stay_as_they_are():
    operator = Gaussian()
    assert with_hints(operator, Hints(notes="x")) is operator


def test_several_samples_give_several_offspring_and_an_equal_one_counts_once():
    again = GOOD[0].replace("Scale 0.6.", "The same.")
    children, (request,), _ = hold(Rewrite(samples=4), [*GOOD[:2], again, "I can't."])
    assert request.n == 4
    assert [child.candidate.id for child in children] == ["0-0", "0-1"]


# Replies that cannot be used


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "empty"),
        ([], "empty"),
        ("I'm sorry, I can't.", "refused"),
        ("Increase the scale.", "no_code"),
        ("```python main.py\ndef f(:", "truncated"),
        (f"```python main.py\n{main('(')}```", "unparsable"),
        (f"```python main.py\n{MAIN}```", "unchanged"),
    ],
)
def test_a_reply_without_an_offspring_is_given_up_and_the_log_says_why(reply, reason):
    children, requests, (abandoned,) = hold(Rewrite(), reply)
    assert children == []
    assert len(requests) == 1
    assert abandoned["reason"] == reason
    assert abandoned["usage"][1] == 1


def test_reasons_of_several_samples_are_joined():
    _, _, (abandoned,) = hold(Rewrite(samples=3), ["", "I can't.", ""])
    assert abandoned["reason"] == "empty, refused"


def test_a_violation_is_fed_back_once():
    bad = f"```python main.py\n{main('0.6').replace('import helper', 'import os')}```"
    (child,), requests, _ = hold(Rewrite(), bad, GOOD[0])
    assert child.candidate.genome["main.py"] == main("0.6")
    assert child.evaluation.usage.calls == 2
    assert child.candidate.notes == "Scale 0.6. [after frozen]"
    said, complaint = requests[1].messages[2:]
    assert (said.role, said.content) == ("assistant", bad)
    assert complaint.role == "user"
    assert "outside the EVOLVE-BLOCK regions" in complaint.content
    assert requests[1].messages[:2] == requests[0].messages


def test_a_second_violation_is_not():
    bad = f"```python main.py\n{main('0.6').replace('import helper', 'import os')}```"
    children, requests, (abandoned,) = hold(Rewrite(), bad, bad)
    assert (children, len(requests), abandoned["reason"]) == ([], 2, "frozen")


def test_a_refused_edit_is_fed_back_with_the_reason():
    wrong = EDIT.replace("SCALE = 0.5", "SCALE = 5")
    (child,), requests, _ = hold(Edit(), wrong, EDIT)
    assert child.candidate.genome["main.py"] == main("0.9")
    assert "SEARCH lines are not there" in requests[1].messages[3].content


def test_a_usable_sample_makes_a_second_question_needless():
    wrong = EDIT.replace("SCALE = 0.5", "SCALE = 5")
    children, requests, _ = hold(Edit(samples=2), [wrong, EDIT])
    assert (len(children), len(requests)) == (1, 1)


# The registry


@pytest.mark.parametrize("name", MODEL_OPERATORS)
def test_the_registry_gives_each_operator_its_name_and_few_parents(name):
    operator: Operator = MODEL_OPERATORS[name]()
    assert operator.name == name
    assert 1 <= operator.arity <= 4
    assert operator == MODEL_OPERATORS[name]()


def test_a_draft_that_breaks_the_frozen_text_is_logged_as_such():
    class Breaks:
        name, arity = "breaks", 1

        def __call__(self, problem, parents, inspirations, rng):
            yield from ()
            return [Draft({"main.py": "", "helper.py": HELPER})]

    assert hold(Breaks())[2][0]["reason"] == "frozen"
