"""The simulated model writes poems and instructions and judges them, by a taste that a search has to find out."""

from dataclasses import replace
from statistics import fmean

import pytest
from test_llm_simulated import known, written

from evaluators.judges import Aspect, Panel
from evoengine.config import load_problem
from evoengine.effects import Generate, Message, Question
from evoengine.evaluation import run_trial
from evoengine.llm.simulated import LABEL
from evoengine.llm.simulated_texts import ADJECTIVES, FORMS, NOUNS, VERBS
from evoengine.ports import Task
from evoengine.prompts import build_prompt, packaged, render, untrusted
from evoengine.testing.inline import InlineSandbox
from evoengine.testing.prompting import ask_simulated

POEMS = load_problem("qd_text").problem
VOCABULARY = f"{NOUNS} {ADJECTIVES} {VERBS}".split()


def rated(text, question="Is it good?", sample=0):
    panel = Panel((Aspect.checklist("a", question),))
    return panel.rate(ask_simulated, text, sample=sample)["a"].mean


def asked(template, *choices, **values):
    shown = {name: text if name == "statement" else untrusted(text) for name, text in values.items()}
    prompt = render(template, shown, {})
    (reply,) = ask_simulated([Question(Generate((Message("user", prompt),), role="judge", choices=choices))])
    return reply.texts[0], reply.likelihoods[0]


def mean_worth(word):
    return fmean(rated(word, f"Is it {n}?") for n in range(12))


@pytest.mark.parametrize("name", ["qd_text", "instructions"])
def test_the_shipped_problems_of_texts_can_be_evaluated_with_noise(name):
    loaded = load_problem(name)
    found = [
        run_trial(loaded.evaluator(), loaded.problem, InlineSandbox(), Task(seed, sample=n), ask_simulated)
        for seed in loaded.problem.seeds
        for n in range(2)
    ]
    assert all(one.ok for one in found), found[0].feedback
    assert len({one.fitness for one in found}) == len(found)
    assert all(0.0 < one.fitness < 1.0 for one in found)
    assert set(found[0].measures) == {measure.name for measure in loaded.problem.measures}


def test_a_rating_is_the_same_for_the_same_sample_and_moves_a_little_with_another():
    assert rated("a river of copper") == rated("a river of copper")
    ratings = [rated("a river of copper", sample=n) for n in range(30)]
    assert 0.01 < max(ratings) - min(ratings) < 0.5


def test_words_please_or_not_whatever_is_asked_and_differently_by_what_is_asked():
    by_question = [[rated(word, f"Is it {n}?") for word in VOCABULARY[:30]] for n in range(2)]
    assert max(by_question[0]) > 0.8
    assert min(by_question[0]) < 0.2
    assert by_question[0] != by_question[1]
    worth = {word: mean_worth(word) for word in VOCABULARY[:12]}
    best, worst = max(worth, key=worth.get), min(worth, key=worth.get)
    said, likely = asked("prefer", "first", "second", "tie", statement="Write.", first=best, second=worst)
    assert (said, likely["tie"]) == ("first", 0.0)
    assert (
        asked("prefer", "first", "second", "tie", statement="Write.", first=worst, second=best)[0] == "second"
    )


def test_texts_are_alike_where_their_axes_are_and_equal_where_their_words_are():
    same, other = "river stone", "moth kettle lantern winter"
    choices = ("first", "second", "tie")
    assert asked("liken", *choices, reference=same, first=f"{same}.", second=other)[0] == "first"
    assert asked("liken", *choices, reference=same, first=other, second=f"{same}.")[0] == "second"
    assert asked("equal", "yes", "no", first="A stone, a river.", second="a river a stone")[0] == "yes"
    assert asked("equal", "yes", "no", first="A stone.", second="A river.")[0] == "no"


def texts(problem, template, *parents, count=40, reply="rewrite", **values):
    messages = build_prompt(problem, render(template, values, {}), parents, reply=reply)
    return [written(messages, proposal=n)[0] for n in range(count)]


def of(file, text, name="0-0"):
    one = known(text, name)
    return replace(one, candidate=replace(one.candidate, genome={file: text}))


@pytest.mark.parametrize("name", list(FORMS))
def test_it_writes_lines_of_its_words_and_joins_parents_without_growing_by_it(name):
    problem = load_problem({"poem": "qd_text", "instruction": "instructions"}[name]).problem
    long, other = ("\n".join(f"{word} {n}." for n in range(9)) for word in ("one", "two"))
    made = texts(problem, "series", of(f"{name}.md", long), of(f"{name}.md", other, "1-0"))
    assert all(text.startswith(LABEL) and f"markdown {name}.md" in text for text in made)
    bodies = [text.partition(f"{name}.md\n")[2].removesuffix("```") for text in made]
    assert any("one" in body and "two" in body for body in bodies)
    assert fmean(len(body.splitlines()) for body in bodies) < 12
    assert any(word in body for body in bodies for word in VOCABULARY)
    (short,) = texts(problem, "series", *(of(f"{name}.md", "x", f"{n}-0") for n in range(3)), count=1)
    assert short.startswith(LABEL)


def test_what_a_review_asks_for_mostly_stands_in_the_next_line_and_a_method_follows_dashes():
    poem = of("poem.md", "x\n")
    (words,) = texts(POEMS, "reflect", poem, reply="words", count=1)
    assert "What would help: something " in words
    (method,) = texts(POEMS, "improve_method", poem, reply="words", count=1, method="m")
    assert method.partition("\n---\n")[2].startswith("something ")
    advised = texts(POEMS, "follow", poem, thought="something velvet, and a turbine")
    assert sum("velvet" in text and "turbine" in text for text in advised) > 10


def test_no_word_of_the_prompts_is_taken_for_advice():
    assert not [
        word for text in packaged().values() for word in text.casefold().split() if word in VOCABULARY
    ]
