"""Operators that have a model write words first: reviews, notes, thoughts."""

from dataclasses import replace

import pytest
from conversations import GOOD, SEED, asked, hold, main, requests_of
from prompt_samples import PARENT

from evoengine.operators.model import Hints
from evoengine.operators.model_operators import MODEL_OPERATORS
from evoengine.operators.reflect import Summarise
from evoengine.operators.research import Research
from evoengine.operators.rewrite import (
    CommonIdea,
)
from evoengine.operators.thoughts import Criticise, Strategise, Think
from evoengine.types import Job, Known

# Words first


def test_reflect_asks_for_a_review_and_applies_it():
    (child,), (review, apply), _ = hold(MODEL_OPERATORS["reflect"](), "The scale is too low.", GOOD[2])
    assert (review.role, apply.role) == ("reflect", "mutate")
    assert "without code" in review.messages[0].content
    assert "A reviewer of the parent says:\n\nThe scale is too low." in asked(apply)
    assert child.candidate.notes == "The scale is too low."


@pytest.mark.parametrize("words", ["  ", []])
def test_reflect_and_summarise_give_up_without_words(words):
    for operator in (MODEL_OPERATORS["reflect"](), Summarise()):
        assert hold(operator, words)[2][0]["reason"] == "empty"


def test_reflect_keeps_the_reason_of_its_second_step():
    assert hold(MODEL_OPERATORS["reflect"](), "Too low.", "I can't.")[2][0]["reason"] == "refused"


def test_summarise_writes_notes_on_its_inspirations():
    seeds = [SEED, {**SEED, "main.py": main("None")}]
    (child,), (words, task), _ = hold(Summarise(), "- None fails.", GOOD[0], seeds=seeds)
    assert "seed-1 seed: status: error" in asked(words)
    assert "## Inspiration" not in words.messages[1].content
    assert "# What the search has learnt so far\n\n- None fails." in task.messages[1].content
    assert child.candidate.notes == "- None fails."
    assert child.candidate.genome["main.py"] == main("0.6")


def test_summarise_carries_notes_on():
    (words, task) = requests_of(
        Summarise().with_hints(Hints(notes="Old.")), "New.", GOOD[0].replace("SCALE = 0.6", "SCALE = 0.61")
    )
    assert "learnt so far\n\nOld." in words.messages[1].content
    assert "learnt so far\n\nNew." in task.messages[1].content
    assert "Old." not in task.messages[1].content


def test_notes_are_kept_when_no_offspring_comes_of_them():
    (child,), requests, _ = hold(Summarise(note_tokens=5), "x" * 100, "I can't.")
    assert child.candidate.genome == SEED
    assert child.candidate.notes.startswith("xxxx")
    assert len(child.candidate.notes) < 70
    assert child.evaluation.usage.evaluations == 0
    assert child.evaluation.usage.calls == len(requests) == 2


# Thoughts


def test_several_notes_are_joined_and_empty_ones_left_out():
    notes = {"0-0": "A.", "1-0": "", "2-0": "B."}
    library = {
        name: Known(replace(PARENT.candidate, notes=said), PARENT.evaluation) for name, said in notes.items()
    }
    job = Job(3, "it", ("0-0",), args={"notes": list(notes)})
    assert Hints.of(job, library).notes == "A.\n\nB."
    assert Hints.of(replace(job, args={}), library).notes == ""


def test_ideas_are_shown_where_there_are_any():
    (request, *_) = requests_of(CommonIdea(ideas=True), GOOD[0])
    assert "- idea: Half the scale." in request.messages[1].content
    (request, *_) = requests_of(CommonIdea(), GOOD[0])
    assert "Half the scale" not in request.messages[1].content


@pytest.mark.parametrize(
    ("operator", "replies", "reason"),
    [
        (Strategise(), [""], "empty"),
        (Strategise(), ["1. Up.\n2. Down.", "I can't.", "I can't."], "refused"),
        (Think(), [""], "empty"),
        (Think(), ["Up.", "I can't."], "refused"),
        (Criticise(), ["**Stop**: no hope."], "stopped"),
        (Criticise(), ["Refine.", ""], "empty"),
        (Research(), [""], "empty"),
        (Research(), ["Why?", ""], "empty"),
        (Research(), ["Why?", "Up.", "I can't."], "refused"),
    ],
)
def test_a_conversation_without_words_or_offspring_is_given_up(operator, replies, reason):
    assert hold(operator, *replies)[2][0]["reason"] == reason


def test_strategise_gives_an_offspring_of_each_strategy_that_it_asked_for():
    children, requests, _ = hold(Strategise(strategies=2), "1. Up.\n2. Down.\n3. Left.", GOOD[0], "I can't.")
    assert [child.candidate.notes for child in children] == ["Up."]
    assert "Think of 2 strategies" in asked(requests[0])
    assert "Down." in asked(requests[2])


@pytest.mark.parametrize("replies", [[""], ["Down.", "I can't."]])
def test_a_thought_that_cannot_be_rethought_stays_as_it_was(replies):
    seeds = [{**SEED, "main.py": main("0.7")}]
    (child,), _, _ = hold(Think(), "Up.", GOOD[0], *replies, seeds=seeds)
    assert (child.candidate.notes, child.evaluation.fitness) == ("Up.", 0.6)


def test_a_lookup_of_ones_own_takes_the_place_of_bm25():
    _, requests, _ = hold(Research(lookup=lambda text, documents: [text.upper()]), "Why?", "Up.", GOOD[0])
    assert "WHY?" in asked(requests[1])
