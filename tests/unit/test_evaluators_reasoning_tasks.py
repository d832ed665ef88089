"""Families of reasoning-gym are cases for prompts, where the package is there."""

import sys

import pytest
from test_evaluators_prompts import PROBLEM, SIZES, evaluate

from evaluators.prompt_data import find_generator
from evaluators.prompts import Prompts
from evaluators.reasoning_tasks import family
from evoengine.effects import Generated
from evoengine.errors import ConfigError
from evoengine.rng import stream

LEGS = "evaluators.reasoning_tasks:leg_counting"


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    with pytest.raises(ConfigError, match="'leg_counting' come from reasoning-gym") as caught:
        find_generator(LEGS)
    assert caught.value.cure == "pip install 'evoengine[reasoning-gym]'"


@pytest.fixture
def gym():
    return pytest.importorskip("reasoning_gym", reason="needs the extra reasoning-gym (200 MB)")


def test_a_family_gives_cases_that_follow_from_the_seed_and_scores_their_answers(gym):
    generate = find_generator(LEGS)
    one, same, other = (generate(stream(seed, 0, "case")) for seed in (1, 1, 2))
    assert one == same != other
    assert one.score(one.answer) == 1.0
    assert one.score("no idea") == 0.0
    evaluator = Prompts(LEGS, **SIZES)
    answers = {evaluator.data[name].inputs["question"]: evaluator.data[name].answer for name in PROBLEM.cases}

    def right(questions):
        texts = [question.request.messages[0].content for question in questions]
        return [Generated((f"ANSWER: {next(a for q, a in answers.items() if q in t)}",)) for t in texts]

    assert evaluate(evaluator, right).fitness == 1.0
    assert (
        evaluate(evaluator, lambda questions: [Generated(("ANSWER: many",)) for _ in questions]).fitness
        == 0.0
    )


def test_a_family_that_there_is_not_or_that_takes_no_such_value_is_refused(gym):
    for name, config in (
        ("no_such", {}),
        ("leg_counting", {"min_animals": -1}),
        ("leg_counting", {"wings": 1}),
    ):
        with pytest.raises(ConfigError, match=f"cannot make cases of '{name}'"):
            family(name, **config)
