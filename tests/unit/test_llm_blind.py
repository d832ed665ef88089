"""The simulated model: it changes numbers, in the form that the prompt asks for, and says so."""

import asyncio

import pytest

from evoengine.budget import Budget
from evoengine.effects import Generate
from evoengine.errors import ConfigError
from evoengine.llm import ModelPool, Price, parse_model
from evoengine.llm.blind import WORDS, BlindModel
from evoengine.operators.model_operators import MODEL_OPERATORS
from evoengine.operators.replies import read_edits, read_rewrite
from evoengine.problem import Problem
from evoengine.prompts import build_prompt
from evoengine.types import Candidate, Evaluation, Known, Usage

SEED = {
    "main.py": "# EVOLVE-BLOCK-START\ndef f():\n    return 0.5 + 2.0 * 1.5\n# EVOLVE-BLOCK-END\nFROZEN = 7.5\n",
    "lib.py": "LIMIT = 3.5\n",
}
PROBLEM = Problem("p", (SEED,), evolvable=("main.py",), entry="f")


def known(genome, name="seed-0"):
    return Known(Candidate(name, genome, ""), Evaluation(name, "ok", 1.0, feedback="```python\nx = 9.5\n```"))


def prompt(reply, parent=SEED, inspirations=(), **kwargs):
    return build_prompt(PROBLEM, "Change it.", [known(parent)], inspirations, reply=reply, **kwargs)


@pytest.mark.parametrize(("reply", "read"), [("rewrite", read_rewrite), ("edit", read_edits)])
def test_the_parents_numbers_change_and_nothing_else(reply, read):
    other = known({**SEED, "main.py": SEED["main.py"].replace("0.5", "0.25")}, "other")
    for proposal in range(20):
        (text,) = BlindModel(0).answer(prompt(reply, inspirations=[other], ascending=True), 1, proposal, 0)
        genome = read(PROBLEM, SEED, text)
        assert genome["lib.py"] == SEED["lib.py"]
        assert genome["main.py"] != SEED["main.py"]
        assert genome["main.py"].endswith("# EVOLVE-BLOCK-END\nFROZEN = 7.5\n")
        assert "return " in genome["main.py"]
        assert "0.25" not in genome["main.py"] or "+ 2.0 * 1.5" not in genome["main.py"]


def test_equal_calls_have_equal_answers_and_others_do_not():
    asked = prompt("rewrite")
    answers = [BlindModel(seed).answer(asked, 2, proposal, step) for seed, proposal, step in ((1, 2, 3),) * 2]
    assert answers[0] == answers[1]
    assert answers[0][0] != answers[0][1]
    others = {
        BlindModel(s).answer(asked, 1, p, t) for s, p, t in ((1, 2, 3), (0, 2, 3), (1, 0, 3), (1, 2, 0))
    }
    assert len(others) == 4


def test_words_are_always_the_same_and_say_that_they_are_simulated():
    assert BlindModel(0).answer(prompt("words"), 2, 0, 0) == (WORDS, WORDS)
    assert WORDS.startswith("Simulated")


def test_what_has_no_numbers_stays_as_it_is():
    bare = {**SEED, "main.py": "# EVOLVE-BLOCK-START\nf = id\n# EVOLVE-BLOCK-END\n"}
    assert BlindModel(0).answer(prompt("rewrite", bare), 1, 0, 0) == ("Change some numbers.",)


def test_without_a_parents_heading_the_last_program_counts():
    system, user = prompt("rewrite")
    shown = user.content.replace("## Parent", "## Version 0")
    later = SEED["main.py"].replace("0.5", "0.75")
    messages = (system, type(user)("user", f"{shown}\n```python main.py\n{later}```\n"))
    (text,) = BlindModel(0).answer(messages, 1, 1, 0)
    changed = read_rewrite(PROBLEM, SEED, text)["main.py"]
    assert "0.75" in changed or "2.0 * 1.5" in changed


def test_the_command_line_knows_it_by_its_seed():
    spec = parse_model("blind:3", {})
    assert (spec.name, spec.base_url, spec.price) == ("blind:3", "blind:3", Price(0.0, 0.0))
    with pytest.raises(ConfigError, match="--model blind:x: the seed is no whole number"):
        parse_model("blind:x", {})

    async def ask():
        async with ModelPool([spec]) as pool:
            pool.begin(0, Budget, Usage())
            return await pool.generate(Generate(prompt("edit")), proposal=4, step=1)

    answer = asyncio.run(ask())
    assert answer.texts == BlindModel(3).answer(prompt("edit"), 1, 4, 1)
    assert (answer.model, answer.usage.calls) == ("blind:3", 1)
    assert answer.usage.tokens_out > 0


def test_it_is_no_operator():
    assert "blind" not in MODEL_OPERATORS
