import json
import re

import pytest

from evoengine.operators import Crossover
from evoengine.operators.crossover import take_function
from evoengine.operators.source import Source, parse_source, splice
from evoengine.problem import Problem
from evoengine.rng import stream
from evoengine.text import compiles
from evoengine.types import Candidate, Evaluation, Known


def offspring(first, second, seed=0, **kwargs):
    parents = [
        Known(Candidate(name, g, ""), Evaluation(name, "ok", 1.0))
        for name, g in (("a", first), ("b", second))
    ]
    conversation = Crossover()(Problem("p", (first,), **kwargs), parents, [], stream(seed, 0, "vary"))
    with pytest.raises(StopIteration) as stop:
        next(conversation)
    return stop.value.value


def program(text):
    return {"main.py": text}


def test_numbers_cross_where_all_else_is_equal():
    one, other = "x = [0.0, 5, 0.5]  # a\n", "x = [1.0, 9, 0.5]  # a\n"
    uniform, line = set(), set()
    for seed in range(200):
        for draft in offspring(program(one), program(other), seed):
            text = draft.genome["main.py"]
            a, b, c = json.loads(re.fullmatch(r"x = (\[.*\])  # a\n", text)[1])
            assert (type(b), c) == (int, 0.5)
            assert draft.notes.startswith("line 1: ")
            if a in (0.0, 1.0) and b in (5, 9):
                uniform.add((a, b))
            else:
                assert -0.5 <= a <= 1.5
                assert b == round(5 + 4 * a)
                line.add(a)
    assert uniform == {(0.0, 9), (1.0, 5), (1.0, 9)}
    assert min(line) < 0
    assert max(line) > 1


def test_vectors_cross():
    made = offspring({"x.json": "[0.0, 0.25]"}, {"x.json": "[1.0, 0.75]"}, seed=4)
    values = json.loads(made[0].genome["x.json"])
    assert len(values) == 2
    assert values != [0.0, 0.25]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (program("x = 1.5 + y\n"), program("x = 1.5 + y\n")),
        ({"a.md": "one"}, {"a.md": "two"}),
        (program("x = ("), program("y = (")),
        (program("x = 1"), program("x = (")),
        (program("x = 1"), {"other.py": "y = 1"}),
        (program("pass"), program("import a")),
        ({}, {}),
    ],
)
def test_nothing_to_take_over(first, second):
    assert offspring(first, second) == ()


def test_numbers_that_all_stay_are_no_offspring():
    results = [offspring(program("x = 1.0\n"), program("x = 2.0\n"), seed) for seed in range(40)]
    assert () in results
    assert all(draft.genome != program("x = 1.0\n") for drafts in results for draft in drafts)


FIRST = """\
import math


# EVOLVE-BLOCK-START
def area(r):
    # mine
    return math.pi * r**2


def ring(a, b):
    c = area(a)
    return c - area(b)


# EVOLVE-BLOCK-END
print(ring(2, 1))
"""
SECOND = FIRST.replace(
    "    # mine\n    return math.pi * r**2", "    d = r * 0.5\n    return 4 * math.tau * d**2 / 2"
)


def test_code_is_taken_over_in_every_way():
    kinds = set()
    for seed in range(120):
        (draft,) = offspring(program(FIRST), program(SECOND), seed)
        text = draft.genome["main.py"]
        assert text != FIRST
        assert compiles(text)
        assert text.startswith(FIRST[: FIRST.index("def area")])
        assert text.endswith(FIRST[FIRST.index("# EVOLVE-BLOCK-END") :])
        kinds.add(draft.notes.split(":")[0])
    assert kinds == {"take a function", "take an expression", "take a statement"}


def test_frozen_files_take_no_part():
    first = {"a.py": FIRST, "b.py": FIRST}
    second = {"a.py": SECOND, "b.py": SECOND}
    for seed in range(30):
        (draft,) = offspring(first, second, seed, evolvable=("b.py",))
        assert draft.genome["a.py"] == FIRST


def source(text) -> Source:
    found = parse_source("main.py", text)
    assert found is not None
    return found


def taken(first, second):
    here = source(first)
    made = {splice(first, take_function(here, source(second), stream(seed, 0, "x"))) for seed in range(30)}
    return made - {first}


def test_a_function_is_taken_whole():
    assert taken(FIRST, SECOND) == {SECOND}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("def f(): return 1\n", "def g(): return 2\n"),
        ("def f(): return 1\n", "class A:\n    def f(): return 2\n"),
        ("def f(): return 1\n", "def f(): return helper()\n"),
        ("def f(): return 1\n", "def f(): return 1\n\n\nx = 1\n"),
    ],
)
def test_a_function_that_does_not_fit_is_not_taken(first, second):
    assert taken(first, second) == set()


def test_methods_are_taken_too():
    one = "class A:\n    async def f(self): return 1\n"
    assert taken(one, one.replace("1", "2")) == {one.replace("1", "2")}


def test_equal_streams_give_equal_offspring():
    assert [offspring(program(FIRST), program(SECOND), s) for s in range(9)] == [
        offspring(program(FIRST), program(SECOND), s) for s in range(9)
    ]
