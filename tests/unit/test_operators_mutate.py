import re

import pytest
from mutations import every, offspring, source

from evoengine.operators import OPERATORS, clipping, elements, expressions, statements
from evoengine.operators.mutate import KINDS, changed
from evoengine.operators.source import splice
from evoengine.rng import stream
from evoengine.text import compiles


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
    assert 130 < tightened < 165
    assert loosened < 20


def test_a_line_is_as_likely_to_be_bounded_as_any_other_however_often_it_is_already():
    text = "a = min(b, c)\nd = [max(min(e, f), min(g, h), max(i, j)), max(k, m)]\n"
    found = [splice(text, clipping.clip(source(text), stream(seed, 0, "vary"))) for seed in range(300)]
    assert 120 < sum(not each.startswith("a = min(b, c)\n") for each in found) < 180


def test_collections_and_what_counts_are_not_clipped():
    text = "def f(rows, n):\n    for i in range(n):\n        g(rows, rows[i], rows[:i], len(h(n)))\n    return rows\n"
    clipped = {
        re.sub(r"m(in|ax)\((.*), [\d.e-]+\)", r"<\2>", each) for each in every(clipping.clip, text, 300)
    }
    assert clipped == {
        text.replace("rows[i]", "<rows[i]>"),
        text.replace("len(h(n))", "<len(h(n))>"),
        text.replace("h(n)", "h(<n>)"),
    }


def test_there_is_nothing_to_clip():
    assert every(clipping.clip, "import a\nb = 'c'\nd = 1.0\n") == set()


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
