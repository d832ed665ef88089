"""Mutations of expressions."""

import re

import pytest
from mutations import every

from evoengine.operators import expressions
from evoengine.operators.source import parse_source
from evoengine.rng import stream
from evoengine.text import compiles


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a and b", {"a or b"}),
        ("a or b or c", {"a and b or c", "a or b and c"}),
        ("a is not b", {"a is b"}),
        ("a in(b)", {"a not in(b)"}),
        ("(a)<(b)", {f"(a){op}(b)" for op in ("<=", ">", ">=", "==", "!=")}),
        ("a < b is c", {"a < b is not c", *(f"a {op} b is c" for op in ("<=", ">", ">=", "==", "!="))}),
        ("x += 1", {f"x {op} 1" for op in ("-=", "*=", "/=")}),
        ("a & b", {f"a {op} b" for op in ("|", "^", "<<", ">>")}),
        ("(a\n + \\\n b)", {f"(a\n {op} \\\n b)" for op in ()}),
        ("(a  # plus\n + b)", set()),
        ("a @ b", set()),
        ("a", set()),
        ("-a", set()),
    ],
)
def test_swapping_an_operator(text, made):
    assert every(expressions.swap_operator, text) == made


def test_swapping_an_arithmetic_operator():
    assert every(expressions.swap_operator, "ä+b") == {f"ä{op}b" for op in ("-", "*", "/", "//", "%", "**")}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("x = a + b", {"x = a", "x = b"}),
        ("x = (a + b) * c", {"x = a + b", "x = c", "x = (a) * c", "x = (b) * c"}),
        ("x = -a", {"x = a"}),
        ("x = not(a)", {"x = a"}),
        ("x = f(a + b, c)", {"x = a + b", "x = f(a, c)", "x = f(b, c)"}),
        ("x = a if b else c", {"x = a", "x = c"}),
        ("x = a and b", {"x = a", "x = b"}),
        ("return-a", {"return(a)"}),
        ("x = f(*a)", set()),
        ("x = f((a, b)) ** 2", {"x = f((a, b))", "x = 2", "x = ((a, b)) ** 2"}),
        ("x = f(a\n  + b)", {"x = (a\n  + b)", "x = f(a)", "x = f(b)"}),
        ("x = a", set()),
    ],
)
def test_shrinking_an_expression(text, made):
    assert every(expressions.shrink, text) == made


def test_a_replacement_is_of_the_same_kind_and_reads_known_names():
    text = "def f(a, b):\n    return a + (b if a < b else 2)\n\n\ndef g(c):\n    return [c, not c]\n"
    for made in every(expressions.replace, text, 400):
        assert compiles(made)
        inside_f, inside_g = made.split("def g")
        assert not re.search(r"\bc\b", inside_f)
        assert not re.search(r"\b[ab]\b", inside_g)


@pytest.mark.parametrize("text", ["x = a", "import a", "pass", "del a, b", "a.b.c(d)[e]", "'''doc'''"])
def test_nothing_to_replace(text):
    made = every(expressions.replace, text)
    assert all(compiles(each) for each in made)
    assert made <= {"a.b.c(a.b.c(d)[e])[e]", "a.b.c(d)[d]"}


def test_long_expressions_are_not_copied():
    long = "f(" + ", ".join(f"'{n}'" for n in range(60)) + ")"
    assert not any(each.count("f(") > 1 for each in every(expressions.replace, f"x = {long} + y + z"))


def test_growing_a_value():
    made = every(expressions.grow, "def f(a):\n    return a\n", 300)
    assert all(compiles(each) for each in made)
    assert {re.sub(r"\d[\d.e+]*", "1", each.split("return ")[1]) for each in made} >= {
        "a + 1\n",
        "a * 1\n",
        "a - a\n",
        "a / (1 + (1 * a))\n",
        "a - (1 * a)\n",
    }


def test_growing_keeps_what_it_grows_together():
    for made in every(expressions.grow, "x = (1 + 2) * 3 ** 4\n", 200):
        assert compiles(made)
    assert any(
        re.match(r"x = \(\(1 \+ 2\) \+ [\d.]+\) \* 3\n", each)
        for each in every(expressions.grow, "x = (1 + 2) * 3\n")
    )


def test_growing_reads_known_names():
    for made in every(expressions.grow, "def f(a):\n    return a\n\n\ndef g(b):\n    return b\n", 200):
        inside_f, inside_g = made.split("def g")
        assert not re.search(r"\bb\b", inside_f)
        assert not re.search(r"\ba\b", inside_g)


def test_branching_on_a_known_name():
    made = every(expressions.branch, "def f(a, b):\n    return b + 2.5\n", 200)
    assert made
    for each in made:
        assert compiles(each)
        assert re.search(r"if b (<|==|>) [\d.]+ else ", each)


@pytest.mark.parametrize("mutation", [expressions.grow, expressions.branch, expressions.shrink])
def test_no_value_no_growth(mutation):
    assert every(mutation, "pass\n") == set()


def test_no_name_no_branch():
    assert every(expressions.branch, "x = 1\n") == set()
    assert every(expressions.branch, "def f(a): return a\nx = 1\n", 300) == every(
        expressions.branch, "def f(a): return a\nx = 1\n", 300
    )


def test_numbers_are_near_those_of_the_program():
    source = parse_source("", "a = [0.2, 0.0, 3]")
    drawn = sorted(float(expressions.number_like(source, stream(seed, 0, "vary"))) for seed in range(100))
    assert 0.15 < drawn[50] < 0.27
    assert drawn[0] > 0.2 / 2**4
    assert drawn[-1] < 0.2 * 2**4
