import re

import pytest

from evoengine.operators import OPERATORS, Mutate, clipping, elements, expressions, statements
from evoengine.operators.mutate import KINDS, changed
from evoengine.operators.source import Source, parse_source, splice
from evoengine.problem import Problem
from evoengine.rng import stream
from evoengine.text import compiles
from evoengine.types import Candidate, Evaluation, Known


def source(text) -> Source:
    found = parse_source("main.py", text)
    assert found is not None
    return found


def every(mutation, text, draws=150):
    """Give all the texts that a mutation was seen to make of one."""
    here = source(text)
    made = {splice(text, mutation(here, stream(seed, 0, "vary"))) for seed in range(draws)}
    return made - {text}


def offspring(genome, seed=0, operator=Mutate(), **kwargs):  # noqa: B008 - frozen
    parent = Known(Candidate("seed-0", genome, ""), Evaluation("seed-0", "ok", 1.0))
    conversation = operator(Problem("p", (genome,), **kwargs), [parent], [], stream(seed, 0, "vary"))
    with pytest.raises(StopIteration) as stop:
        next(conversation)
    return stop.value.value


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


def test_inserting_an_element():
    made = every(elements.insert_element, "a = 1\nx = [a, 0.5]\n", 300)
    shapes = {re.sub(r"-?\d[\d.e-]*", "1", each) for each in made}
    assert shapes >= {f"a = 1\nx = [{row}]\n" for row in ("a, 1, 1", "a, a, 1", "a, 1, a")}
    assert any(re.search(r"0\.5, (?!0\.5\b)[-\d.]+\]", each) for each in made)


@pytest.mark.parametrize(
    "text", ["x = {1, 2}", "x = 1, 2", "f(a, b)", "f((1, 2))", "x = min(a,\n b,  c)", "x = ['a', 'b']"]
)
def test_every_row_of_elements_can_grow_and_shrink(text):
    grown = every(elements.insert_element, text)
    shrunk = every(elements.delete_element, text)
    assert grown
    assert shrunk
    assert all(compiles(each) for each in grown | shrunk)
    assert all(len(each) > len(text) for each in grown)
    assert all(len(each) < len(text) for each in shrunk)


def test_deleting_an_element():
    assert every(elements.delete_element, "x = [a, b, c]  # d") == {
        "x = [b, c]  # d",
        "x = [a, c]  # d",
        "x = [a, b]  # d",
    }


@pytest.mark.parametrize("text", ["x = [1]", "x = []", "f(a)", "x = [(a), b]", "x, y = z", "[a,  # why\n b]"])
def test_rows_that_are_left_alone(text):
    assert every(elements.insert_element, text) == set()
    assert every(elements.delete_element, text) == set()


BLOCK = """\
def f(x):
    \"\"\"Doc.\"\"\"
    # first
    a = 1.5
    b = 2  # second
    if x:
        c = a
    return b
"""


def test_deleting_a_statement():
    assert every(statements.delete, BLOCK) == {
        BLOCK.replace("    a = 1.5\n", ""),
        BLOCK.replace("    b = 2  # second\n", ""),
        BLOCK.replace("c = a", "pass"),
        BLOCK.replace("    if x:\n        c = a\n", ""),
    }


def test_swapping_statements():
    assert every(statements.swap, BLOCK) == {
        BLOCK.replace("    a = 1.5\n    b = 2  # second\n", "    b = 2  # second\n    a = 1.5\n"),
        BLOCK.replace(
            "    b = 2  # second\n    if x:\n        c = a\n",
            "    if x:\n        c = a\n    b = 2  # second\n",
        ),
    }


def test_what_stands_between_swapped_statements_stays():
    assert every(statements.swap, "a = 1\n\n# b\nb = 2\n") == {"b = 2\n\n# b\na = 1\n"}


def test_copying_a_statement_indents_it_to_fit():
    made = every(statements.copy, BLOCK, 400)
    assert BLOCK.replace("        c = a\n", "        b = 2  # second\n        c = a\n") in made
    assert BLOCK.replace("    a = 1.5\n", "    if x:\n        c = a\n    a = 1.5\n") in made
    assert any(re.search(r"a = (?!1\.5)[-\d.]+\n    a = 1\.5", each) for each in made)
    assert all(compiles(each) for each in made)


def test_statements_that_are_not_copied():
    long = "if a:\n" + "    b = 1\n" * 15
    assert not any(each.count("if a:") > 1 for each in every(statements.copy, long, 60))
    text = "def f():\n    a = '''\n  b'''\n    return a\n"
    assert every(statements.copy, text) == set()
    apart = "def f(a):\n    b = a\n\n\ndef g(c):\n    d = c\n"
    assert not any("d = c" in each.split("def g")[0] for each in every(statements.copy, apart, 60))


@pytest.mark.parametrize("mutation", [statements.delete, statements.swap, statements.copy])
@pytest.mark.parametrize(
    "text", ["a = 1; b = 2\n", "import a\nimport b\n", "def f(): return 1\n", "if a: b = 1", "'''d'''\n"]
)
def test_statements_that_are_left_alone(mutation, text):
    assert every(mutation, text) == set()


def test_line_ends_are_kept():
    assert every(statements.swap, "a = 1\r\nb = 2\r\n") == {"b = 2\r\na = 1\r\n"}
    assert every(statements.copy, "a = id\r\n") == {"a = id\r\na = id\r\n"}


def test_whole_values_are_clipped_by_a_number():
    found = every(clipping.clip, "def f(x):\n    y = x * 2.0 + 1\n    return y\n", 200)
    clipped = {re.sub(r"[\d.e-]+\)", "#)", each) for each in found}
    assert clipped == {
        f"def f(x):\n    y = {a}\n    return {b}\n"
        for a, b in (
            *((f"{name}(x * 2.0 + 1, #)", "y") for name in ("min", "max")),
            *(("x * 2.0 + 1", f"{name}(y, #)") for name in ("min", "max")),
        )
    }


def test_what_is_bounded_already_is_bounded_further_the_same_way():
    text = "a = min(b, c)\nd = [e, f, g, h, i, j]\n"
    found = [splice(text, clipping.clip(source(text), stream(seed, 0, "vary"))) for seed in range(200)]
    tightened = sum(each.startswith("a = min(min(b, c), ") for each in found)
    loosened = sum(each.startswith("a = max(min(b, c), ") for each in found)
    assert 100 < tightened < 140
    assert loosened < 20


def test_there_is_nothing_to_clip():
    assert every(clipping.clip, "import a\nb = 'c'\nd = 1.0\n") == set()


def test_numbers_are_near_those_of_the_program():
    source = parse_source("", "a = [0.2, 0.0, 3]")
    drawn = sorted(float(expressions.number_like(source, stream(seed, 0, "vary"))) for seed in range(100))
    assert 0.15 < drawn[50] < 0.27
    assert drawn[0] > 0.2 / 2**4
    assert drawn[-1] < 0.2 * 2**4


def test_only_the_kinds_asked_for_are_made():
    clip = OPERATORS["clip"]()
    assert clip.name == "clip"
    for seed in range(20):
        (draft,) = offspring({"main.py": "a = id\nc = a\n"}, seed, clip)
        assert draft.notes.startswith("clip: main.py")


def test_shares_sum_to_one():
    assert sum(share for _, share in KINDS.values()) == pytest.approx(1)


PROGRAM = """\
import math  # frozen

# EVOLVE-BLOCK-START
def f(x, y):
    # some   odd spacing
    z = x*2 + math.sqrt( y )
    if z < 3:
        z += 1
    return [z, min(x,  y), z and y]
# EVOLVE-BLOCK-END
print(f(1, 2))
"""


def test_every_kind_occurs_and_only_the_region_changes():
    head, _, rest = PROGRAM.partition("def f")
    _, mark, tail = rest.partition("# EVOLVE-BLOCK-END")
    kinds = set()
    for seed in range(250):
        (draft,) = offspring({"main.py": PROGRAM}, seed)
        text = draft.genome["main.py"]
        assert text != PROGRAM
        assert compiles(text)
        assert text.startswith(head)
        assert text.endswith(mark + tail)
        kinds.add(draft.notes.split(":")[0])
    assert kinds == set(KINDS)


def test_all_evolvable_files_take_part():
    genome = {"a.py": PROGRAM, "b.py": PROGRAM, "c.py": PROGRAM, "d.json": "[1, 2]"}
    drafts = [offspring(genome, seed, evolvable=("a.py", "b.py", "d.json"))[0] for seed in range(20)]
    touched = {name for draft in drafts for name in genome if draft.genome[name] != genome[name]}
    assert touched == {"a.py", "b.py"}


@pytest.mark.parametrize(
    "genome", [{}, {"a.md": "x = 1"}, {"a.py": "x = ("}, {"a.py": ""}, {"a.py": "pass"}, {"a.json": "[1, 2]"}]
)
def test_no_change_no_offspring(genome):
    assert offspring(genome) == ()


def test_what_does_not_compile_is_drawn_again():
    def broken(here, rng):
        return [expressions.Edit(0, 0, "(")]

    assert changed({"main.py": "x = 1"}, source("x = 1"), broken, stream(0, 0, "x"), "broken") is None


def test_equal_streams_give_equal_offspring():
    genome = {"main.py": PROGRAM}
    assert [offspring(genome, seed) for seed in range(9)] == [offspring(genome, seed) for seed in range(9)]
