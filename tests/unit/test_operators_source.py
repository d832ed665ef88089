import ast

import pytest

from evoengine.operators.source import Edit, Site, Source, parse_source, read, splice
from evoengine.problem import Problem

TEXT = """\
import math

# EVOLVE-BLOCK-START
def f(x, *rest, k=1, **more):
    y = [é * x for é in rest]  # ünï
    try:
        return sum(y) + "ß".count("s") + k
    except ValueError as error:
        raise error


# EVOLVE-BLOCK-END
z = 3
"""


def source(text, name="main.py") -> Source:
    found = parse_source(name, text)
    assert found is not None
    return found


def site(text, node_text) -> Site:
    here = source(text)
    return next(s for s in here.sites if here.cut(s.start, s.end) == node_text)


def test_only_sites_inside_the_regions_are_offered():
    here = source(TEXT)
    texts = [here.cut(s.start, s.end) for s in here.sites]
    assert "k" in texts
    assert "z = 3" not in texts
    assert "import math" not in texts
    assert [s.start for s in here.sites] == sorted(s.start for s in here.sites)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_offsets_count_bytes_whatever_the_line_end(end):
    text = "a = 'äöü'; b = 1 + 2\n\tc = 3".replace("\n\t", "\n").replace("\n", end)
    here = source(text)
    assert {here.cut(s.start, s.end) for s in here.sites if isinstance(s.node, ast.BinOp)} == {"1 + 2"}
    assert here.line(len(here.data)) == 2


def test_splicing_replaces_bytes_in_any_order():
    assert splice("äbc", [Edit(3, 4, "X"), Edit(0, 2, "")]) == "bX"
    assert splice("abc", [Edit(1, 1, "-")]) == "a-bc"
    assert splice("abc", []) == "abc"


def test_f_strings_annotations_and_decorators_are_left_alone():
    here = source("@d(1)\ndef f(a: g(2) = 3) -> h(4):\n    b: i(5) = 6\n    return f'{7}'\n")
    numbers = {s.node.value for s in here.sites if isinstance(s.node, ast.Constant)}
    assert numbers == {3, 6}


def test_names_are_known_where_they_are_bound():
    scope = site(TEXT, "é * x").scope
    assert all(
        scope.knows(name) for name in ("é", "x", "rest", "k", "more", "y", "math", "f", "error", "sum")
    )
    assert not site(TEXT, "sum(y)").scope.knows("é")
    assert not scope.knows("nothing")


def test_all_ways_to_bind_a_name():
    text = "import a.b, c as d\nclass E: pass\nasync def g(): pass\nh = lambda i: (i, w := 1)\nfor j in h: pass\n"
    here = source(text)
    (inner,) = [s.scope for s in here.sites if here.cut(s.start, s.end) == "(i, w := 1)"]
    assert all(inner.knows(name) for name in "adEghij")
    assert not inner.knows("b")
    assert not inner.knows("c")
    assert not here.sites[0].scope.knows("i")


def test_lines_of_a_statement():
    here = source("if a:\n    b = (1,\n         2)  # why\n    c; d\nif e: f\ng = 1 \\\n  + 2\nlast")
    lines = {
        here.cut(s.start, s.end).split("\n")[0]: here.lines(s)
        for s in here.sites
        if isinstance(s.node, ast.stmt)
    }
    assert here.cut(*lines["b = (1,"]) == "    b = (1,\n         2)  # why\n"
    assert here.cut(*lines["g = 1 \\"]) == "g = 1 \\\n  + 2\n"
    assert here.cut(*lines["if e: f"]) == "if e: f\n"
    assert [lines[name] for name in ("c", "d", "f", "last")] == [None] * 4


def test_reading_leaves_out_what_cannot_change():
    genome = {
        "a.py": "x = 1",
        "b.py": "def (",
        "c.py": "# EVOLVE-BLOCK-END",
        "d.json": "[1, 2]",
        "e.md": "x = 1",
        "f.py": "x = 2",
    }
    free, bound = Problem("p", (genome,)), Problem("p", (genome,), evolvable=("f.py",))
    assert [s.name for s in read(free, genome, ".py")] == ["a.py", "f.py"]
    assert [s.name for s in read(free, genome, ".py", ".json")] == ["a.py", "d.json", "f.py"]
    assert [s.name for s in read(bound, genome, ".py")] == ["f.py"]
