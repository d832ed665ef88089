"""Prompts are scored by what a task model answers, case by case; what is held out stays so."""

import json
from dataclasses import replace

import pytest

from evaluators.prompt_answers import contains, exact, extraction, f1, numeric, wilson
from evaluators.prompt_data import find_generator, read_cases
from evaluators.prompts import Prompts
from evoengine.config import load_problem
from evoengine.effects import UNSEEN, Generated
from evoengine.errors import ConfigError
from evoengine.evaluation import run_trial
from evoengine.llm.simulated_tasks import QUESTIONS, find_question, solve
from evoengine.ports import Task
from evoengine.problem import Problem
from evoengine.testing.inline import InlineSandbox

DATA = "evaluators.prompt_tasks:counting"
CASES = ("train-0", "train-1", "validation-0", "validation-1")
PROBLEM = Problem("p", ({"prompt.md": "Say it.\n\n{question}\n"},), cases=CASES)
SIZES = {"train": 2, "validation": 2, "test": 30}


def right(question):
    return solve(*find_question(question))


class Asked:
    """A task model that is right where `knows` says so, and what it was asked."""

    def __init__(self, knows=lambda prompt: True, form="ANSWER: {}"):
        self.knows, self.form, self.questions = knows, form, []

    def __call__(self, questions):
        self.questions += questions
        texts = [question.request.messages[0].content for question in questions]
        return [Generated((self.form.format(right(t) if self.knows(t) else "none"),)) for t in texts]


def evaluate(evaluator, ask, *, problem=PROBLEM, **task):
    genome = task.pop("genome", problem.seeds[0])
    return run_trial(evaluator, problem, InlineSandbox(), Task(genome, **task), ask)


def test_the_fitness_is_the_accuracy_and_each_case_has_its_score():
    evaluator = Prompts(DATA, **SIZES)
    first = evaluator.data["train-0"].inputs["question"]
    ask = Asked(knows=lambda prompt: first not in prompt)
    found = evaluate(evaluator, ask)
    assert found.fitness == 0.75
    assert found.cases == {name: float(name != "train-0") for name in CASES}
    assert {question.request.role for question in ask.questions} == {"task"}
    assert ask.questions[0].request.messages[0].content == f"Say it.\n\n{first}\n"


def test_training_failures_are_shown_with_traces_and_validation_ones_are_not():
    evaluator = Prompts(DATA, **SIZES)
    found = evaluate(evaluator, Asked(knows=lambda prompt: False))
    assert found.fitness == 0.0
    shown = found.feedback + json.dumps(dict(found.artifacts))
    for name in CASES:
        assert (evaluator.data[name].inputs["question"] in shown) == name.startswith("train")
    assert "answered: none\nexpected: " in found.feedback
    assert "ANSWER: none" in found.artifacts["replies to prompt.md"]
    assert "no answer in the form marker:ANSWER:" in evaluate(evaluator, Asked(form="{}")).feedback


def test_a_minibatch_asks_for_its_cases_only():
    ask = Asked()
    found = evaluate(Prompts(DATA, **SIZES), ask, cases=("train-1",))
    assert list(found.cases) == ["train-1"]
    assert len(ask.questions) == 1


def test_only_a_final_check_asks_for_the_test_and_says_its_interval():
    evaluator = Prompts(DATA, **SIZES)
    tests = {evaluator.data[name].inputs["question"] for name in evaluator.data.names("test")}
    ask = Asked()
    evaluate(evaluator, ask)
    assert not any(t in q.request.messages[0].content for t in tests for q in ask.questions)
    ask = Asked()
    found = evaluate(evaluator, ask, sample=UNSEEN)
    assert len(ask.questions) == 30
    assert all(any(t in q.request.messages[0].content for t in tests) for q in ask.questions)
    assert found.feedback == "test accuracy 1.000, 95 % 0.886 to 1.000 (Wilson), 30 cases"
    assert found.cases == {}


def test_halving_stops_paying_for_a_prompt_that_misses_a_bar():
    evaluator = Prompts(DATA, **SIZES, halving=[1, 3])
    problem = replace(PROBLEM, stages=(0.5, 0.5))
    ask = Asked(knows=lambda prompt: False)
    assert evaluate(evaluator, ask, problem=problem).status == "pruned"
    assert len(ask.questions) == 1
    ask = Asked()
    found = evaluate(evaluator, ask, problem=problem)
    assert (found.status, found.stage, len(ask.questions)) == ("ok", 2, 4)
    assert set(found.cases) == set(CASES)


@pytest.mark.parametrize("name", ["test-3", "validation-1"])
def test_a_prompt_that_quotes_a_held_out_case_is_refused_before_anything_is_asked(name):
    evaluator = Prompts(DATA, **SIZES)
    question = evaluator.data[name].inputs["question"].upper().replace(",", " ,")
    ask = Asked()
    found = evaluate(evaluator, ask, genome={"prompt.md": f"Note: {question}"})
    assert (found.status, ask.questions) == ("invalid", [])
    assert "held out" in found.feedback


def test_training_cases_may_be_quoted_and_a_prompt_has_an_end():
    evaluator = Prompts(DATA, **SIZES)
    example = evaluator.data["train-0"].inputs["question"]
    assert evaluate(evaluator, Asked(), genome={"prompt.md": f"As in {example}"}).ok
    assert evaluate(evaluator, Asked(), genome={"prompt.md": "x" * 8001}).status == "invalid"


def test_a_pipeline_feeds_each_reply_to_the_next_text_and_traces_both():
    genome = {"facts.md": "List facts: {question}", "answer.md": "{facts}\nSo? {question}"}
    problem = replace(PROBLEM, seeds=(genome,))
    ask = Asked(form="ANSWER: 99 {}")
    found = evaluate(Prompts(DATA, **SIZES), ask, problem=problem, cases=("train-0",), genome=genome)
    assert len(ask.questions) == 2
    assert ask.questions[1].request.messages[0].content.startswith("ANSWER: 99 ")
    assert not found.fitness
    assert set(found.artifacts) == {"replies to facts.md", "replies to answer.md"}


def right_twice(questions):
    return [Generated((f"ANSWER: {6 if 'six' in q.request.model else 0}",)) for q in questions]


def test_several_task_models_count_alike():
    evaluator = Prompts(DATA, **SIZES, metric=lambda said, right: float(said == "6"), models=["six", "none"])
    assert evaluate(evaluator, right_twice).fitness == 0.5


def test_choices_are_scored_by_likelihood_where_the_model_says_it_and_else_by_the_answer():
    evaluator = Prompts("evaluators.prompt_tasks:boolean", **SIZES, metric="choice")

    def likely(questions):
        assert all(question.request.choices == ("True", "False") for question in questions)
        return [Generated(("True",), likelihoods=({"True": 0.8, "False": 0.2},)) for _ in questions]

    scores = evaluate(evaluator, likely).cases
    assert scores == {name: 0.8 if evaluator.data[name].answer == "True" else 0.2 for name in CASES}
    assert evaluate(evaluator, Asked()).fitness == 1.0


def test_braces_that_name_no_input_stay_and_a_prompt_without_places_has_its_inputs_after_it():
    evaluator = Prompts(DATA, **SIZES)
    ask = Asked()
    evaluate(evaluator, ask, genome={"prompt.md": 'Reply as {"answer": x}.'}, cases=("train-0",))
    question = evaluator.data["train-0"].inputs["question"]
    assert ask.questions[0].request.messages[0].content == f'Reply as {{"answer": x}}.\n\n{question}'


def test_what_is_missing_or_unknown_is_named(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_cases(tmp_path / "none.csv")
    for reference in ("evaluators.prompt_tasks:no_such", "no_such_module:f", ":f"):
        with pytest.raises(ConfigError, match="names no generator"):
            find_generator(reference)
    with pytest.raises(ConfigError, match="names no generator: it is a tuple"):
        find_generator("evaluators.prompt_tasks:_NAMES")
    for form in ("marker:", "xml:a"):
        with pytest.raises(ConfigError, match="form of an answer"):
            extraction(form)
    with pytest.raises(ConfigError, match="answer = 'regex:"):
        extraction("regex:(")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"metric": "exakt"}, "args.metric = 'exakt'"),
        ({"metric": "choice"}, "cases of args.data = .* have no choices"),
        ({"train": -1}, "args.test = -1, 2, 30"),
        ({"test": 0}, "args.test = 2, 2, 0"),
        ({"models": ()}, "no model is asked"),
        ({"temperature": -0.5}, "args.temperature = -0.5"),
        ({"halving": (0, 2)}, r"args.halving = \[0, 2\]"),
        ({"halving": (4, 2)}, r"args.halving = \[4, 2\]"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(args, message):
    with pytest.raises(ConfigError, match=message):
        Prompts(DATA, **{**SIZES, **args})


@pytest.mark.parametrize(
    ("cases", "message"),
    [(("train-0", "train-2"), "'train-2'"), (("test-0",), "'test-0'"), ((), "none")],
)
def test_a_search_scores_training_and_validation_cases_only(cases, message):
    with pytest.raises(ConfigError, match=f"cases names {message}") as caught:
        evaluate(Prompts(DATA, **SIZES), Asked(), problem=replace(PROBLEM, cases=cases))
    assert "train-0 to train-1, validation-0 to validation-1" in caught.value.cure


def test_a_misspelt_input_is_refused_before_anything_is_asked():
    ask = Asked()
    found = evaluate(Prompts(DATA, **SIZES), ask, genome={"prompt.md": 'Say {"x": {Question}}: {queston}'})
    assert (found.status, ask.questions) == ("invalid", [])
    assert "prompt.md has {Question}, which is replaced by nothing: write {question}" in found.feedback


@pytest.mark.parametrize(
    ("form", "reply", "said"),
    [
        ("marker:ANSWER:", "ANSWER: 1\nno\nANSWER:  2 \n", "2"),
        ("marker:ANSWER:", "The ANSWER: 1", None),
        ("marker:ANSWER:", "ANSWER:\nmore", None),
        (r"regex:#(\d+)", "#1 and #22", "22"),
        (r"regex:\d+", "1 or 2", "2"),
        ("json:a", 'so {"a": {"b": 1}} or {"c": 2} {', '{"b": 1}'),
        ("json:a", 'so {"a": "x"}', "x"),
        ("json:a", "none", None),
        ("text", " all ", "all"),
        ("text", "  ", None),
    ],
)
def test_answers_are_taken_in_the_form_that_was_asked_for(form, reply, said):
    assert extraction(form)(reply) == said


def test_metrics_are_strict_where_they_should_be():
    assert exact(" New  York ", "new york") == 1.0
    assert [numeric(said, "1200") for said in ("1,200", "1200.0", "1.2e3", "1200 apples", "nan", "")] == [
        1.0,
        1.0,
        1.0,
        0.0,
        0.0,
        0.0,
    ]
    assert (contains("it is 12.", "12"), contains("it is 112", "12")) == (1.0, 0.0)
    assert f1("the red ball", "red ball") == pytest.approx(0.8)
    assert f1("", "red") == 0.0


def test_wilsons_interval_is_that_of_the_textbook():
    assert wilson(15, 50) == pytest.approx((0.19103, 0.43750), abs=1e-4)
    low, high = wilson(0, 20)
    assert (low, high) == pytest.approx((0.0, 0.1611), abs=1e-4)


@pytest.mark.parametrize("name", [f"prompt_{task}" for task in (*QUESTIONS, "pipeline")])
def test_the_shipped_problems_name_cases_that_there_are(name):
    loaded = load_problem(name)
    data = loaded.evaluator().data
    assert list(loaded.problem.cases) == [*data.names("train"), *data.names("validation")]
    assert len(data.names("test")) == 200
