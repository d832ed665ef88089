import pytest

from evoengine.text import Edit, EditError, apply_edit, apply_reply, parse_edits

PROGRAM = """\
import math


def area(r):
    # the classic
    return math.pi * r**2


def ring(a, b):
    return area(a) - area(b)
"""
GENOME = {"main.py": PROGRAM}


def block(search: str, replace: str, head: str = "<<<<<<< SEARCH") -> str:
    return f"{head}\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n"


GOOD = block("    return area(a) - area(b)", "    return abs(area(a) - area(b))")
WANTED = PROGRAM.replace("area(a) - area(b)", "abs(area(a) - area(b))")


@pytest.mark.parametrize(
    "reply",
    [
        GOOD,
        f"I would take the absolute value.\n\n{GOOD}\nThat is all.",
        f"```\n{GOOD}```",
        f"```python\n{GOOD}```\n",
        f"~~~diff\n{GOOD}~~~\n",
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("<<<<<<< SEARCH", "<<<<< SEARCH"),
        GOOD.replace("<<<<<<< SEARCH", "<<<<<<<<< SEARCH"),
        GOOD.replace("<<<<<<< SEARCH", "<<<<<<<SEARCH"),
        GOOD.replace("<<<<<<< SEARCH", "<<<<<<< search:"),
        GOOD.replace("<<<<<<< SEARCH", "  <<<<<<< SEARCH"),
        GOOD.replace("<<<<<<< SEARCH", "<<<<<<< SEARCH main.py"),
        GOOD.replace("<<<<<<< SEARCH", "<<<<<<< SEARCH `main.py`"),
        GOOD.replace("<<<<<<< SEARCH", "<<<<<<< SEARCH   "),
        GOOD.replace("=======", "====="),
        GOOD.replace("=======", "  =========  "),
        GOOD.replace(">>>>>>> REPLACE", ">>>>>>>"),
        GOOD.replace(">>>>>>> REPLACE", ">>>>>>> replace"),
        GOOD.replace(">>>>>>> REPLACE", ">>>>> REPLACE (end)"),
        GOOD.rstrip("\n"),
        block("return area(a) - area(b)", "return abs(area(a) - area(b))"),
        block("        return area(a) - area(b)", "        return abs(area(a) - area(b))"),
        block("    return area(a) - area(b)   ", "    return abs(area(a) - area(b))"),
        block("\n    return area(a) - area(b)\n", "\n    return abs(area(a) - area(b))\n"),
        block(
            "```python\n    return area(a) - area(b)\n```",
            "```python\n    return abs(area(a) - area(b))\n```",
        ),
        block(
            "def ring(a, b):\n    return area(a) - area(b)",
            "def ring(a, b):\n    return abs(area(a) - area(b))",
        ),
    ],
)
def test_a_well_meant_edit_is_made(reply):
    assert apply_reply(GENOME, reply) == {"main.py": WANTED}


BAD = {
    "empty": ("", "no edit was found"),
    "prose": ("Use the absolute value.", "no edit was found"),
    "whole file": (f"```python\n{PROGRAM}```", "no edit was found"),
    "a unified diff": ("--- a/main.py\n+++ b/main.py\n@@ -1 +1 @@\n-x\n+y\n", "no edit was found"),
    "markers inside a line": ("so <<<<<<< SEARCH x ======= y >>>>>>> REPLACE", "no edit was found"),
    "four characters": (GOOD.replace("<<<<<<<", "<<<<").replace(">>>>>>>", ">>>>"), "no edit was found"),
    "the word alone": ("SEARCH\nx\n=======\ny\nREPLACE", "no edit was found"),
    "SEARCHING": (GOOD.replace("SEARCH", "SEARCHING"), "outside a block"),
    "conflict markers": (GOOD.replace("SEARCH", "HEAD"), "outside a block"),
    "no word behind the marker": (GOOD.replace("<<<<<<< SEARCH", "<<<<<<<"), "outside a block"),
    "REPLACE first": (">>>>>>> REPLACE\nx\n=======\ny\n<<<<<<< SEARCH", "outside a block"),
    "REPLACE twice": (GOOD + ">>>>>>> REPLACE\n", "outside a block"),
    "only REPLACE": ("    return 1\n>>>>>>> REPLACE", "outside a block"),
    "ORIGINAL and UPDATED": ("<<<<<<< ORIGINAL\nx\n=======\ny\n>>>>>>> UPDATED", "outside a block"),
    "cut off in REPLACE": (GOOD.split("abs")[0], "was the reply cut off?"),
    "cut off in SEARCH": (GOOD.split("area")[0], "was the reply cut off?"),
    "cut off after the first marker": ("<<<<<<< SEARCH", "was the reply cut off?"),
    "cut off in the last marker": (GOOD.replace(">>>>>>> REPLACE", ">>>>"), "was the reply cut off?"),
    "second block cut off": (GOOD + GOOD.split("abs")[0], "was the reply cut off?"),
    "SEARCH in SEARCH": ("<<<<<<< SEARCH\n" + GOOD, "not closed"),
    "SEARCH in REPLACE": (GOOD.replace(">>>>>>> REPLACE\n", "") + GOOD, "not closed"),
    "closed by another word": (GOOD.replace("REPLACE", "UPDATED"), "not closed"),
    "no divider": (GOOD.replace("=======\n", ""), "no ======="),
    "dashes for a divider": (GOOD.replace("=======", "-------"), "no ======="),
    "a short divider": (GOOD.replace("=======", "===="), "no ======="),
    "a long divider": (GOOD.replace("=======", "=" * 12), "no ======="),
    "text on the divider": (GOOD.replace("=======", "======= REPLACE WITH"), "no ======="),
    "two dividers": (GOOD.replace("=======\n", "=======\n=======\n"), "2 lines of ======="),
    "three dividers": (GOOD.replace("=======\n", "=======\nx\n=======\n======\n"), "3 lines of ======="),
    "an empty SEARCH": (block("", "x = 1"), "SEARCH section is empty"),
    "a blank SEARCH": (block("  \n\t\n", "x = 1"), "SEARCH section is empty"),
    "no SEARCH lines": ("<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE", "SEARCH section is empty"),
    "nothing like it": (block("while True: zzz()", "pass"), "quote whole lines"),
    "a part of a line": (block("area(a)", "area(b)"), "not there"),
    "a misspelt line": (block("    return math.pi * r**3", "    return 0"), "closest, at line 6"),
    "a line left out": (block("def area(r):\n    return math.pi * r**2", "x"), "closest, at line 5"),
    "an ellipsis": (block("def area(r):\n    ...", "x"), "not there"),
    "line numbers": (block("6:     return math.pi * r**2", "x"), "not there"),
    "diff signs": (block("-    return math.pi * r**2", "+    return 0"), "not there"),
    "lines in another order": (block("    return math.pi * r**2\n    # the classic", "x"), "not there"),
    "uneven indentation": (block("def area(r):\n# the classic", "x"), "not there"),
    "more lines than the file": (block(PROGRAM + PROGRAM, "x"), "not there"),
    "no change": (block("import math", "import math"), "change nothing"),
    "there and back": (block("import math", "import m") + block("import m", "import math"), "change nothing"),
    "other indentation, REPLACE less": (
        block("        return area(a) - area(b)", "return 0"),
        "another indentation",
    ),
    "another file": (GOOD.replace("SEARCH", "SEARCH lib.py"), "no file 'lib.py'"),
    "a path": (GOOD.replace("SEARCH", "SEARCH src/main.py"), "no file 'src/main.py'"),
    "the second fails": (GOOD + block("gone", "x"), "edit 2, main.py"),
    "the first took what the second wants": (GOOD + GOOD, "edit 2, main.py"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_edit_is_refused_with_a_reason(name):
    reply, reason = BAD[name]
    with pytest.raises(EditError, match=reason.replace("?", r"\?")):
        apply_reply(GENOME, reply)


def test_there_are_many_kinds_of_bad_edits():
    assert len(BAD) >= 40


def test_what_is_found_twice_is_refused_with_the_lines():
    with pytest.raises(EditError, match="found at lines 1, 3; quote more"):
        apply_edit("x = 1\ny = 2\nx = 1\n", Edit(("x = 1",), ("x = 2",)))


def test_overlapping_finds_are_ambiguous():
    with pytest.raises(EditError, match="lines 1, 2"):
        apply_edit("a\na\na\n", Edit(("a", "a"), ("b",)))


def test_an_exact_find_comes_before_one_that_is_indented_otherwise():
    text = "if a:\n    x = 1\nx = 1\n"
    assert apply_edit(text, Edit(("x = 1",), ("x = 2",))) == "if a:\n    x = 1\nx = 2\n"


def test_replace_is_indented_as_the_lines_that_were_found():
    text = "def f():\n    if a:\n        b()\n    c()\n"
    edit = Edit(("if a:", "    b()"), ("if a:", "", "    b()", "    d()"))
    assert apply_edit(text, edit) == "def f():\n    if a:\n\n        b()\n        d()\n    c()\n"


def test_an_exact_find_may_be_replaced_by_less_indented_lines():
    assert apply_edit("    a\nb\n", Edit(("    a",), ("a",))) == "a\nb\n"


def test_an_empty_replace_deletes():
    assert apply_edit("a\nb\nc\n", Edit(("b",), ())) == "a\nc\n"
    assert apply_edit("a\nb", Edit(("b",), ())) == "a"


def test_an_empty_file_is_filled_by_an_empty_search():
    assert apply_edit(" \n", Edit((), ("a", "b"))) == "a\nb\n"


def test_line_ends_are_kept():
    text = "a\r\nb\r\nc\n"
    assert apply_edit(text, Edit(("a", "b"), ("x", "y"))) == "x\r\ny\r\nc\n"
    assert apply_edit(text, Edit(("c",), ("z",))) == "a\r\nb\r\nz\n"


def test_form_feeds_and_odd_separators_are_no_line_ends():
    text = "a\x0cb\u2028c\nd\n"
    assert apply_edit(text, Edit(("d",), ("e",))) == "a\x0cb\u2028c\ne\n"


def test_tabs_are_indentation():
    assert apply_edit("if a:\n\tb\n", Edit(("b",), ("c",))) == "if a:\n\tc\n"


def test_several_edits_are_made_one_after_another():
    reply = block("import math", "import math as m") + block("import math as m", "import cmath as m")
    assert apply_reply(GENOME, reply)["main.py"].startswith("import cmath as m\n")


TWO = {"main.py": "a = 1\n", "lib/util.py": "a = 1\n"}


@pytest.mark.parametrize(
    "reply",
    [
        block("a = 1", "a = 2", "<<<<<<< SEARCH lib/util.py"),
        "**lib/util.py**\n" + block("a = 1", "a = 2"),
        "### File: `lib/util.py`\n\n```python\n" + block("a = 1", "a = 2") + "```",
        "In main.py nothing changes.\nlib/util.py:\n" + block("a = 1", "a = 2"),
    ],
)
def test_a_block_names_its_file(reply):
    assert apply_reply(TWO, reply) == {"main.py": "a = 1\n", "lib/util.py": "a = 2\n"}


def test_a_block_without_a_name_is_for_the_file_of_the_one_before():
    reply = "main.py\n" + block("a = 1", "a = 2") + block("a = 2", "a = 3")
    assert apply_reply(TWO, reply)["main.py"] == "a = 3\n"


def test_a_block_that_names_no_file_is_refused_where_there_are_several():
    with pytest.raises(EditError, match=r"name its file behind SEARCH, one of main.py, lib/util.py"):
        apply_reply(TWO, block("a = 1", "a = 2"))


def test_the_genome_given_is_left_as_it_was():
    genome = dict(GENOME)
    apply_reply(genome, GOOD)
    assert genome == GENOME


def test_parsing_alone_needs_no_names():
    assert parse_edits(block("a", "b", "<<<<<<< SEARCH x.py")) == (Edit(("a",), ("b",)),)
    assert parse_edits(block("a", "b", "<<<<<<< SEARCH x.py"), ("x.py",)) == (Edit(("a",), ("b",), "x.py"),)
