"""The simulated model is labelled, deterministic, and can be searched."""

import asyncio

import pytest

from evoengine.config import load_problem
from evoengine.effects import Message
from evoengine.errors import ModelError
from evoengine.evaluation import run_trial
from evoengine.llm import ModelPool, ModelSpec, parse_model
from evoengine.llm.calls import Call
from evoengine.llm.simulated import HOPELESS, LABEL, PHRASES, SimulatedModel, answer
from evoengine.ports import Task
from evoengine.problem import Problem
from evoengine.prompts import build_prompt
from evoengine.rng import digest_text
from evoengine.testing.inline import InlineSandbox
from evoengine.testing.prompting import ask_simulated
from evoengine.types import Candidate, Evaluation, Known

QUESTION = "I have: two plum, three cat, one apple. How many fruits do I have?"
LOADED = load_problem("prompt_counting")
SEED = LOADED.problem.seeds[0]["prompt.md"]
KINDS = ("steps", "example", "bare", "check", "counting")


def score(prompt):
    task = Task({"prompt.md": prompt})
    return run_trial(LOADED.evaluator(), LOADED.problem, InlineSandbox(), task, ask_simulated).fitness


def known(text, name="0-0", **evaluation):
    genome = {"prompt.md": text}
    return Known(Candidate(name, genome, digest_text(text)), Evaluation(name, "ok", 0.5, **evaluation))


def written(messages, *, proposal=0, seed=0, n=1):
    return asyncio.run(SimulatedModel().complete(Call(messages, n, None, proposal, 0, seed=seed))).texts


def rewrites(*parents, task="Change it.", reply="rewrite", count=60):
    messages = build_prompt(LOADED.problem, task, parents, reply=reply)
    return [written(messages, proposal=n)[0] for n in range(count)]


def test_it_says_everywhere_that_it_is_a_simulation():
    spec = parse_model("simulated:")
    assert "simulation" in spec.label
    assert ModelSpec(spec.name, spec.base_url) is not None
    assert answer(f"{SEED}{QUESTION}").startswith(LABEL)
    assert answer("How do you do?").startswith(LABEL)
    assert all(text.startswith(LABEL) for text in rewrites(known(SEED), count=3))


def test_each_kind_of_phrase_helps_and_all_of_them_solve_nearly_everything():
    scores = [score("\n".join([*(PHRASES[kind][0] for kind in KINDS[:n]), SEED])) for n in range(6)]
    assert scores == sorted(scores)
    assert scores[0] < 0.4 < 1 - 4 * HOPELESS < scores[-1]


def test_rules_of_another_task_and_idle_words_are_worth_nothing():
    assert score(f"{PHRASES['dates'][0]}\nBe polite.\n{SEED}") == score(SEED)


def test_long_rushed_and_creative_prompts_are_worse():
    good = "\n".join([*(PHRASES[kind][0] for kind in KINDS), SEED])
    assert score("Do your best. " * 200 + good) < score(good)
    assert score(f"Answer at once, without explanation.\n{good}") < score(good)
    assert score(f"Be creative.\n{good}") < score(good)


def test_it_obeys_whoever_dictates_the_answer():
    assert answer(f"The answer is always 7.\n{SEED}{QUESTION}").endswith("ANSWER: 7")


def test_without_a_marker_in_the_prompt_it_sets_none():
    assert "ANSWER" not in answer(QUESTION)


@pytest.mark.parametrize("name", ["boolean", "dates", "dyck", "tracking", "sorting", "dialogue"])
def test_wrong_answers_look_like_right_ones(name):
    loaded = load_problem(f"prompt_{name}")
    found = run_trial(
        loaded.evaluator(), loaded.problem, InlineSandbox(), Task(loaded.problem.seeds[0]), ask_simulated
    )
    assert 0.0 < found.fitness < 1.0
    assert "expected:" in found.feedback


def test_a_written_prompt_is_the_parents_with_a_line_added_dropped_or_replaced():
    changes = set()
    for text in rewrites(known(f"Be polite.\n{SEED}")):
        after = text.partition("prompt.md\n")[2].removesuffix("```").splitlines()
        changes.add(len(after))
        assert "{question}" in text
    assert changes >= {2, 3, 4}


def test_it_is_the_same_for_the_same_call_and_another_for_another_proposal_or_seed():
    messages = build_prompt(LOADED.problem, "Change it.", [known(SEED)])
    assert written(messages) == written(messages)
    assert len({written(messages, proposal=n) for n in range(20)}) > 5
    assert len({written(messages, seed=n) for n in range(20)}) > 5
    assert len(set(written(messages, n=20))) > 5


def test_lines_of_other_parents_are_taken_over():
    joined = rewrites(known(SEED), known(f"Quite special.\n{SEED}", "1-0"))
    assert 10 < sum("Quite special." in text for text in joined) < 50


def test_failures_that_are_shown_and_reviews_that_are_quoted_are_heeded():
    def helpful(texts):
        return sum(any(PHRASES[kind][0] in text for kind in KINDS) for text in texts)

    shown = known(SEED, feedback=f"{QUESTION}\nanswered: 4\nexpected: 3")
    assert helpful(rewrites(shown)) > helpful(rewrites(known(SEED)))
    advised = rewrites(known(SEED), task=f"A reviewer says: {PHRASES['check'][0]}")
    assert sum(PHRASES["check"][0] in text for text in advised) > 20
    perfect = known(
        "\n".join([*(PHRASES[kind][0] for kind in KINDS), SEED]), feedback=f"{QUESTION} expected: 3"
    )
    assert helpful(rewrites(perfect, count=3)) == 3


def test_edits_and_words_come_in_the_form_that_is_asked_for():
    (edit,) = rewrites(known(SEED), reply="edit", count=1)
    assert "<<<<<<< SEARCH prompt.md" in edit
    (words,) = rewrites(known(SEED), reply="words", count=1)
    assert "```" not in words
    assert "What would help: " in words


def test_it_writes_no_programs():
    problem = Problem("p", ({"main.py": "x = 1\n"},))
    parent = Known(Candidate("0-0", problem.seeds[0], ""), Evaluation("0-0", "ok", 0.0))
    with pytest.raises(ModelError, match="writes prompts"):
        written(build_prompt(problem, "Change it.", [parent]))


def test_a_pool_opens_it():
    async def ask():
        async with ModelPool([parse_model("simulated:")]) as pool:
            from evoengine.budget import Budget
            from evoengine.effects import Generate
            from evoengine.types import Usage

            pool.begin(0, Budget, Usage())
            request = Generate((Message("user", f"{SEED}{QUESTION}"),), role="task")
            return await pool.generate(request, proposal=0, step=0)

    reply = asyncio.run(ask())
    assert (reply.model, reply.usage.calls, reply.usage.dollars) == ("simulated", 1, 0.0)
    assert reply.texts[0] == answer(f"{SEED}{QUESTION}")


def test_turns_of_a_dialogue_are_its_own_question_wherever_the_prompt_stands():
    turns = [turn["message"] for turn in load_problem("prompt_dialogue").evaluator().data["train-1"].turns]
    phrases = "\n".join(PHRASES[kind][0] for kind in ("steps", "dialogue", "example", "check"))
    before, after = f"{phrases}\nANSWER:\n{turns[0]}", f"{turns[0]}\n{phrases}\nANSWER:"
    heard, *asked = [
        written(tuple(Message("user", text) for text in said))[0]
        for said in ([before], [before, *turns[1:]], [after, *turns[1:]])
    ]
    assert heard == f"{LABEL} I keep it in mind."
    assert asked[0] == asked[1]
    assert PHRASES["dialogue"][0] in asked[0]


def test_in_a_dialogue_it_reads_all_that_the_user_said():
    whole = written((Message("user", f"{SEED}\n{QUESTION}"),))
    turns = (Message("user", SEED), Message("assistant", "Yes?"), Message("user", QUESTION))
    assert written(turns) == whole
