import ast
import time

import pytest

from evoengine.text import canonical, compiles, genome_digest, parse

PROGRAM = '''\
"""Doc."""
import math


def f(x, *, scale=1.0):
    # a comment
    if x > 0 and scale:
        return [math.sqrt(x) * scale, {"a": None, **{}}]
    return f"{x!r:>{10}}" 'tail'
'''


@pytest.mark.parametrize(
    "other",
    [
        PROGRAM.replace("    # a comment\n", ""),
        PROGRAM.replace("    # a comment\n", "\n    # ein anderer\n\n"),
        PROGRAM.replace("    ", "\t"),
        PROGRAM.replace("\n", "\r\n"),
        PROGRAM.replace("1.0", "1.00"),
        PROGRAM.replace("10", "0xA"),
        PROGRAM.replace("'tail'", '"tail"'),
        PROGRAM.replace("x > 0 and scale", "(x > 0) and (scale)"),
        PROGRAM.replace("math.sqrt(x) * scale", "math.sqrt(x)*scale  # why\n  "),
        PROGRAM.replace('{"a": None, **{}}', '{\n  "a": None,\n  **{},\n}'),
        PROGRAM.replace('"a"', 'u"a"'),
        PROGRAM + "\n\n\n# the end",
        PROGRAM.rstrip(),
    ],
)
def test_other_comments_and_spacing_are_the_same_program(other):
    assert other != PROGRAM
    assert genome_digest({"main.py": other}) == genome_digest({"main.py": PROGRAM})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = True"),
        ("x = 1", "x = 2"),
        ("x = 1", "y = 1"),
        ("x = '1'", "x = b'1'"),
        (
            "x = None",
            "x = ...",
        ),
        ("f(a, b)", "f(a, b=b)"),
        ("f(a, (b, c))", "f(a, b, c)"),
        ("[a, [b], c]", "[a, [b, c]]"),
        ("a + b * c", "(a + b) * c"),
        ("a < b < c", "(a < b) < c"),
        ("def f(): return", "async def f(): return"),
        ("from . import a", "from .. import a"),
        ("global a, b", "global a; global b"),
        ("{**a}", "{a: a}"),
        ("f'{a}'", "f'{a!r}'"),
        ("'''doc'''", "'''dog'''"),
        ("match a:\n case None: b", "match a:\n case True: b"),
        ("if a: b\nc", "if a:\n b\n c"),
        ("try: a\nfinally: b", "try: a\nexcept b: b"),
        ("x = 1e999", "x = 1e308"),
        ("x = -1", "x = 1"),
        ("def f(a, /): 0", "def f(*, a): 0"),
    ],
)
def test_different_programs_differ(one, other):
    assert parse(one) is not None
    assert parse(other) is not None
    assert canonical(one, "a.py") != canonical(other, "a.py")


def test_the_form_is_known():
    """It must not change between versions of Python or of this project: logs hold its digests."""
    assert canonical("def f(x):\n  return [x, None, 'é', 10, -2.5]", "a.py") == (
        "(Module body [ (FunctionDef name 'f' args (arguments args [ (arg arg 'x' ) ] ) body [ (Return value "
        "(List elts [ (Name id 'x' ) NoneType:None str:'\\xe9' int:0xa (UnaryOp op (USub ) operand float:2.5 "
        ") ] ) ) ] ) ] )"
    )
    assert genome_digest({"main.py": "x = 1"}) == "21d23f4059f8f087d7a055eb45d5437b"


def test_other_texts_keep_all_but_line_ends_and_trailing_space():
    assert canonical("a  \r\nb\t\rc\n\n", "prompt.md") == "a\nb\nc"
    assert canonical("x = 1 # a", "a.txt") != canonical("x = 1", "a.txt")
    assert canonical("  a", "a.md") == "  a"


def test_the_name_counts():
    assert genome_digest({"a.py": "x"}) != genome_digest({"b.py": "x"})
    assert genome_digest({"a.py": "x", "b.py": "y"}) == genome_digest({"b.py": "y", "a.py": "x"})


WEIRD = {
    "null byte": "x = 1\0",
    "lone surrogate": "x = '\ud800'",
    "byte order mark": "\ufeffx = 1",
    "open parentheses": "(" * 500,
    "many minus signs": "-" * 100_000 + "1",
    "a long chain": "x" + ".a" * 50_000,
    "a long sum": "1" + "+1" * 50_000,
    "a long call chain": "f" + "()" * 50_000,
    "deep lists": "[" * 99 + "]" * 99,
    "deep blocks": "".join(" " * i + "if 1:\n" for i in range(120)),
    "a huge integer": "1" * 5000,
    "a huge hexadecimal": "0x" + "f" * 9000,
    "bad escape": r"'\d \q'",
    "is with a literal": "x is 1",
    "call of a literal": "1()",
    "binary": "".join(chr(i) for i in range(256)),
    "unfinished": "def f(:",
    "long": "x = 1\n" * 20_000,
}


@pytest.mark.parametrize("name", WEIRD)
def test_nothing_raises_or_warns(name):
    text = WEIRD[name]
    assert canonical(text, "a.py")
    assert genome_digest({"a.py": text}) == genome_digest({"a.py": text + "   "})
    assert compiles(text) <= (parse(text) is not None)


def test_what_does_not_parse_is_taken_as_text():
    assert canonical("def f(: # a  \n", "a.py") == "def f(: # a"


def test_nested_deeper_than_the_caller_may_recurse():
    text = "x = " + "[" * 90 + "]" * 90

    def deep(left):
        return canonical(text, "a.py") if left == 0 else deep(left - 1)

    assert deep(300) == canonical(text, "a.py")


def test_compiling_asks_more_than_parsing():
    assert parse("return 1") is not None
    assert not compiles("return 1")
    assert not compiles("def f(:")
    assert compiles("def f():\n    return 1")


def test_a_program_of_100_lines_takes_about_a_millisecond():
    text = PROGRAM * 10
    assert len(text.splitlines()) == 90
    best = min(_seconds(text) for _ in range(20))
    assert ast.parse(text)
    assert best < 0.005  # 0.7 ms on a quiet core


def _seconds(text):
    start = time.perf_counter()
    canonical(text, "a.py")
    return time.perf_counter() - start
