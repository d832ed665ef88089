"""Dialogues with a task model: what each turn sends, what is scored, and what is refused."""

import json
from dataclasses import replace

import pytest

from evaluators.prompt_data import Case, Cases, read_cases
from evaluators.prompts import Prompts
from evoengine.effects import Generated
from evoengine.errors import ConfigError
from evoengine.evaluation import run_trial
from evoengine.ports import Task
from evoengine.problem import Problem
from evoengine.testing.inline import InlineSandbox

TALK = Problem(
    "talk", ({"open.md": "Be brief. {question}", "next.md": "And now: {question}"},), cases=("train-0",)
)


def evaluate(evaluator, ask, *, problem, **task):
    task = {"genome": problem.seeds[0], **task}
    return run_trial(evaluator, problem, InlineSandbox(), Task(**task), ask)


class Numbering:
    """A task model that numbers its replies, and what it was sent."""

    def __init__(self):
        self.sent = []

    def __call__(self, questions):
        self.sent += [[(m.role, m.content) for m in q.request.messages] for q in questions]
        return [Generated((f"ANSWER: {len(q.request.messages)}",)) for q in questions]


def talking(tmp_path, rows, **args):
    (tmp_path / "talks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return Prompts("talks.jsonl", 1, 1, 1, dialogue=True, folder=tmp_path, **args)


def rows(*turns, **more):
    return [
        {
            "turns": [turn.format(n) if isinstance(turn, str) else turn for turn in turns],
            "answer": "5",
            **{name: text.format(n) for name, text in more.items()},
        }
        for n in range(3)
    ]


def test_a_dialogue_sends_each_turn_with_all_before_it_and_their_replies(tmp_path):
    ask = Numbering()
    evaluator = talking(tmp_path, rows("one {}?", {"question": "two?", "hint": "!"}, "three?", who="Ann"))
    found = evaluate(evaluator, ask, problem=TALK)
    first = evaluator.data["train-0"].turns[0]["question"]
    assert ask.sent == [
        [("user", f"Be brief. {first}")],
        [*ask.sent[0], ("assistant", "ANSWER: 1"), ("user", "And now: two?")],
        [*ask.sent[1], ("assistant", "ANSWER: 3"), ("user", "three?")],
    ]
    assert found.fitness == 1.0


def test_a_turn_has_its_own_inputs_after_a_text_that_names_none_and_later_texts_know_replies(tmp_path):
    ask = Numbering()
    genome = {"open.md": "Be brief.", "next.md": "You said {open}.", "last.md": "Sum up."}
    found = evaluate(talking(tmp_path, rows("one?", "two?", who="Ann {}")), ask, problem=TALK, genome=genome)
    said = [messages[-1][1] for messages in ask.sent]
    assert said[0].startswith("Be brief.\n\nAnn ")
    assert said[0].endswith("\n\none?")
    assert said[1:] == ["You said ANSWER: 1.\n\ntwo?", "Sum up."]
    assert found.fitness == 1.0


def test_failures_of_a_dialogue_are_shown_turn_by_turn(tmp_path):
    found = evaluate(
        talking(tmp_path, rows("one {}?", "two?", "three?"), answer="marker:SAID:"), Numbering(), problem=TALK
    )
    assert "turn 2, question: two?\nturn 3, question: three?\nno answer in the form" in found.feedback
    assert list(found.artifacts) == ["replies to open.md", "replies to next.md", "replies to turn_3"]


@pytest.mark.parametrize(("scored", "said"), [("", 5), ("open", 1), ("next", 3), ("turn_3", 5)])
def test_the_reply_that_is_named_is_scored_and_the_last_that_is_asked_for(tmp_path, scored, said):
    ask = Numbering()
    evaluator = talking(tmp_path, rows("one {}?", "two?", "three?"), scored=scored)
    found = evaluate(evaluator, ask, problem=TALK)
    assert (found.fitness, len(ask.sent[-1])) == (float(said == 5), said)


def test_dialogues_of_unequal_length_go_on_together_and_a_step_may_come_twice(tmp_path):
    unequal = [*rows("one?", "two?", "three?")[:1], *rows("one {}?")[:2]]
    ask = Numbering()
    evaluator = talking(tmp_path, unequal, steps=["open.md", "next.md", "next.md"], scored="next")
    problem = replace(TALK, cases=("train-0", "validation-0"))
    assert evaluate(evaluator, ask, problem=problem).fitness == 1.0
    assert [len(sent) for sent in ask.sent] == [1, 1, 3, 3, 5, 5]


def test_what_was_said_in_any_turn_counts_as_quotation_and_tells_cases_apart():
    long = "the {} quick brown foxes jump over seven lazy dogs at night"
    turns = [
        ({"question": "Hear this."}, {"question": long.format(" ".join(5 * [word]))})
        for word in ("red", "old", "odd")
    ]
    data = Cases([Case({}, "x", turns=turn) for turn in turns], (1, 1, 1), 0)
    assert data.quoted(data["test-0"].turns[1]["question"])
    assert not data.quoted(data["train-0"].turns[1]["question"])
    drawn = Cases(lambda rng: Case({}, "x", turns=({"question": str(rng.integers(9))},)), (1, 1, 1), 0)
    assert len({case.turns[0]["question"] for case in drawn._cases.values()}) == 3


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"turns": "one", "answer": "x"}, "line 1: 'turns' is no list"),
        ({"turns": [], "answer": "x"}, "line 1: a case has 'answer' and at least one input"),
        ({"turns": ["one", {}], "answer": "x"}, "line 1: a turn has no input"),
        ({"turns": ["one"]}, "line 1: a case has 'answer'"),
    ],
)
def test_wrong_dialogues_are_refused_by_line(tmp_path, row, message):
    with pytest.raises(ConfigError, match=message):
        talking(tmp_path, [row])


def test_a_list_in_a_table_and_turns_outside_a_dialogue_are_refused(tmp_path):
    (tmp_path / "c.csv").write_text("q,choices,answer\na,True|False,True\n")
    with pytest.raises(ConfigError, match=r"c\.csv, line 2: 'choices' is no list"):
        read_cases(tmp_path / "c.csv")
    talking(tmp_path, rows("one {}?"))
    with pytest.raises(ConfigError, match="has cases of several turns"):
        Prompts("talks.jsonl", 1, 1, 1, folder=tmp_path)


@pytest.mark.parametrize(
    ("args", "message"),
    [({"steps": ["none.md"]}, "names 'none.md', which is no text"), ({"scored": "turn_9"}, "no such reply")],
)
def test_steps_and_replies_that_there_are_not_are_named(tmp_path, args, message):
    with pytest.raises(ConfigError, match=message):
        evaluate(talking(tmp_path, rows("one {}?"), **args), Numbering(), problem=TALK)
