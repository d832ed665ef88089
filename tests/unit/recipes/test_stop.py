"""STOP: an improver improves itself in rounds of plain data, and is scored by what it makes of other programs."""

import json
from dataclasses import replace

import numpy as np
import pytest
from searching import PROBLEM, ask, program, searched, tell

from evaluators.expressions import values
from evaluators.improver import Improver
from evoengine.config import load_problem
from evoengine.effects import Generate, Generated
from evoengine.errors import ConfigError
from evoengine.evaluation import run_trial
from evoengine.ports import Task
from evoengine.recipes import make_recipe
from evoengine.testing.inline import InlineSandbox
from evoengine.types import Job, Known

SELF = load_problem("self_improver").problem
SEED = SELF.seeds[0]


def improved(task, answer=lambda text: "```\nx\n```"):
    """Evaluate an improver whose model answers by a function."""
    asked = []

    def model(questions):
        asked.extend(questions)
        return [Generated((answer(q.request.messages[-1].content),) * q.request.n) for q in questions]

    return run_trial(Improver(), SELF, InlineSandbox(), task, model), asked


def improver(body):
    """Give a genome whose `advance` is this."""
    return {**SEED, "seed.py": f"def advance(program, about, budgets, answers):\n    {body}\n"}


def run_on_itself(recipe, genome):
    """Hold the conversation in which an improver worth 0.5 improves itself; give what it ends with, and its evaluations."""
    seed = tell(recipe, "seed-0", 0.5, operator="seed")
    library = {"seed-0": Known(replace(seed.candidate, genome=genome), seed.evaluation)}
    conversation, evaluated = recipe.vary(ask(recipe, 0), library, np.random.default_rng(0)), []
    try:
        effect = next(conversation)
        while True:
            if isinstance(effect, Generate):
                effect = conversation.send(Generated(("Well.",)))
            else:
                evaluated.append(effect.genome)
                effect = conversation.send(improved(Task(effect.genome))[0])
    except StopIteration as end:
        return end.value, evaluated


# The recipe


def test_an_improver_improves_its_own_text_and_what_it_gives_is_run_next():
    def better(request, proposal, step):
        assert request.n == 6
        assert request.messages[0].content.startswith("You are an expert")
        text = SEED["seed.py"]
        ideas = [f"Think of idea {proposal}.{n} first" for n in range(3)]
        return [f"```python\n{text.replace('Think of an idea first', idea)}```" for idea in ideas]

    def evaluate(task):
        return improved(task)[0]

    search = searched("stop", {}, better, 2, problem=SELF, evaluate=evaluate)
    assert search.jobs == [Job(0, "self_improve", ("seed-0",)), Job(1, "self_improve", ("0-0",))]
    assert "Think of idea 0" in search.told("0-0").candidate.genome["seed.py"]
    assert "improve(program, utility, model)" in search.requests[0].messages[1].content
    assert "Think of idea 0" in search.requests[1].messages[1].content, "the new improver improves itself"
    assert search.told("0-0").candidate.genome["transcript.json"] == "{}\n"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return {'score': [program] * 26}", "overspent"),
        ("return {'ask': ['Hm?'] * 7}", "overspent"),
        ("return {'ask': ['Hm?']}", "overspent"),
        ("raise ValueError", "failed"),
        ("return {'done': 'def ('}", "frozen"),
    ],
)
def test_who_overspends_or_fails_has_no_offspring(body, reason):
    recipe = make_recipe("stop", SELF, {"calls": 2})
    drafts, _ = run_on_itself(recipe, improver(body))
    assert drafts.reason == reason


def test_programs_that_fail_or_break_the_frozen_part_are_worth_nothing_and_the_own_text_is_known():
    head, _, rest = SEED["seed.py"].partition("# EVOLVE-BLOCK-START\n")
    tail = rest.partition("# EVOLVE-BLOCK-END")[2]
    own = """def improve(program, utility, model):
    values = yield utility.score([program, "def (", "X = 1", program.replace("other", "another")])
    return program.replace("nothing", str(values))


# nothing or other
"""
    text = f"{head}# EVOLVE-BLOCK-START\n{own}# EVOLVE-BLOCK-END{tail}"
    drafts, evaluated = run_on_itself(make_recipe("stop", SELF), {**SEED, "seed.py": text})
    assert "# [0.5, 0.0, 0.0, 0.0147" in drafts[0].genome["seed.py"]
    scored = [genome["seed.py"] for genome in evaluated if genome["transcript.json"] == "{}\n"]
    assert scored == [text.replace("other", "another")], "only what could be a candidate is evaluated"


def test_what_is_no_improver_is_improved_by_several_rewrites_of_which_the_best_is_taken():
    def several(request, proposal, step):
        return [program(x) for x in ("3.5", "None", f"{7 - proposal}.5")] if request.n == 6 else "Hm."

    search = searched("stop", {}, several, 2)
    assert [search.told(f"{n}-0").evaluation.fitness for n in range(2)] == [7.5, 6.5]
    assert search.jobs[1].parents == ("0-0",)
    assert search.recipe.best() == "0-0"


def test_it_goes_on_from_the_latest_that_works_one_at_a_time():
    recipe = make_recipe("stop", PROBLEM)
    assert ask(recipe, 0) is None
    for n, fitness in enumerate((1.0, 3.0, None, 2.0)):
        tell(recipe, f"seed-{n}", fitness)
    assert ask(recipe, 0) == Job(0, "self_improve", ("seed-1",))
    assert ask(recipe, 0, in_flight=1) is None
    tell(recipe, "0-0", 2.0, operator="self_improve")
    tell(recipe, "1-0", None, operator="self_improve")
    assert ask(recipe, 2).parents == ("0-0",)


def test_wrong_parameters_are_refused():
    with pytest.raises(ConfigError, match="scores"):
        make_recipe("stop", PROBLEM, {"scores": 0})


# Its problem


def test_an_improver_is_worth_what_it_makes_of_hidden_programs():
    laws = {name: Improver().law(name) for name in SELF.cases}

    def knowing(text):
        fitting = next(law for law in laws.values() if f"({law.x[0]:.4f}, {law.y[0]:.4f})" in text)
        table = np.stack([np.ones_like(fitting.x), *(fitting.x**n for n in range(1, 9))], axis=1)
        best = np.linalg.lstsq(table, fitting.y, rcond=None)[0]
        return "```\n" + " + ".join(f"{c:.6f}*x**{n}" for n, c in enumerate(best.tolist())) + "\n```"

    evaluation, asked = improved(Task(SEED), knowing)
    assert evaluation.status == "ok", evaluation.feedback
    assert evaluation.fitness > 0.2
    assert set(evaluation.cases) == set(SELF.cases)
    assert {question.request.role for question in asked} == {"task"}
    assert {question.request.n for question in asked} == {6}
    assert "1 calls, 6 programs scored" in evaluation.feedback


def test_a_program_that_stays_as_it_was_is_worth_what_it_was_and_no_program_nothing():
    assert improved(Task(SEED))[0].fitness == pytest.approx(0.014704268)
    assert improved(Task(SEED), lambda text: "I do not know.")[0].fitness == 0.0


@pytest.mark.parametrize("what", ["{'ask': ['Hm?'] * 7}", "{'ask': ['Hm?'] * 2}", "{'score': []}"])
def test_budgets_are_kept(what):
    evaluation, asked = improved(Task(improver(f"return {what}")))
    assert evaluation.fitness == 0.0
    assert "overspent" in evaluation.feedback
    assert len(asked) == {"7": 0, "2": 12}.get(what[-2], 0)
    assert len({question.sample for question in asked}) == min(4, len(asked)), (
        "a text asked again is answered again"
    )


@pytest.mark.parametrize("what", ["7", "{}", "{'ask': []}", "{'score': [1]}", "{'done': 'x' * 20001}"])
def test_what_is_no_request_is_refused(what):
    assert improved(Task(improver(f"return {what}")))[0].status == "invalid"


def test_a_record_in_the_transcript_asks_for_the_next_request_alone():
    record = {"program": "p", "about": "a", "budgets": {"calls": 1, "samples": 2, "scores": 3}, "answers": []}
    evaluation, asked = improved(Task({**SEED, "transcript.json": json.dumps(record)}))
    request = json.loads(evaluation.artifacts["request"])
    assert (len(request["ask"]), request["temperature"], asked) == (2, 0.7, [])


X = np.array([0.5, 1.0, 2.0])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("x", X),
        ("2", [2.0, 2.0, 2.0]),
        (" -x**2 + 3/x ", 3 / X - X**2),
        ("sin(pi*x) - exp(-abs(x))", np.sin(np.pi * X) - np.exp(-X)),
    ],
)
def test_expressions_are_run(expression, expected):
    assert values(expression, X) == pytest.approx(np.array(expected))


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "y",
        "x.real",
        "open('f')",
        "sin(x, x)",
        "lambda: x",
        "True",
        "x if x else 1",
        "log(-x)",
        "1/0",
        "9**9**9**9",
        "x +",
        "(" * 300 + "x" + ")" * 300,
        "1" * 401,
        "10**400",
        "1e999",
        "__import__('os')",
    ],
)
def test_what_is_no_expression_has_no_values(expression):
    assert values(expression, X) is None
