import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.problem import Problem
from evoengine.text import (
    Edit,
    EditError,
    RegionError,
    apply_edit,
    apply_reply,
    blocks,
    canonical,
    code,
    files,
    frozen,
    genome_digest,
    graft,
    parse_edits,
    regions,
    split,
    violation,
)

quick = settings(max_examples=60, deadline=None)

anything = st.text(st.characters(codec=None), max_size=80)
line = st.text("ab =()#\t", max_size=6).map(str.rstrip)
distinct = st.lists(st.integers(0, 50), min_size=1, max_size=12, unique=True)

name = st.sampled_from(["x", "y", "zeta", "math.pi"])
number = st.one_of(st.integers(0, 10**20).map(str), st.floats(0, 1e300).map(repr))
expression = st.recursive(
    name | number,
    lambda inner: (
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*/<"), inner)
        | st.builds("({})".format, inner)
        | st.builds("f({}, k={})".format, inner, inner)
        | st.builds("[{}, {}]".format, inner, inner)
    ),
    max_leaves=8,
)
program = st.lists(expression.map("v = {}".format), max_size=5)


@quick
@given(anything, st.sampled_from(["a.py", "a.md"]))
def test_the_canonical_form_is_total_and_stable(text, file):
    assert canonical(text, file) == canonical(text + " ", file)
    assert genome_digest({file: text}) == genome_digest({file: text})


@quick
@given(program, st.lists(st.sampled_from(["\n", "# a = 1\n", "    # b\n", "\t\n"]), max_size=4))
def test_comments_and_blank_lines_never_matter(statements, noise):
    plain = "\n".join(statements)
    noisy = "".join(noise) + f"  # c\n{''.join(noise)}".join([*statements, ""])
    assert canonical(noisy, "a.py") == canonical(plain, "a.py")


@quick
@given(program)
def test_formatting_never_matters(statements):
    plain = "\n".join(statements)
    assert canonical(ast.unparse(ast.parse(plain)), "a.py") == canonical(plain, "a.py")


@quick
@given(program, program)
def test_equal_forms_mean_equal_trees(one, other):
    a, b = "\n".join(one), "\n".join(other)
    same = ast.dump(ast.parse(a)) == ast.dump(ast.parse(b))
    assert (canonical(a, "a.py") == canonical(b, "a.py")) == same


@quick
@given(distinct, st.data())
def test_any_lines_can_be_replaced(numbers, data):
    lines = [f"line {n}" for n in numbers]
    start = data.draw(st.integers(0, len(lines) - 1))
    end = data.draw(st.integers(start + 1, len(lines)))
    new = data.draw(st.lists(line, max_size=3))
    wanted = "\n".join([*lines[:start], *new, *lines[end:], ""])
    assert apply_edit("\n".join([*lines, ""]), Edit(tuple(lines[start:end]), tuple(new))) == wanted


@quick
@given(distinct, st.lists(line, max_size=3), st.integers(1, 8))
def test_indenting_search_and_replace_alike_makes_no_difference(numbers, new, room):
    lines = [f"line {n}" for n in numbers]
    text = "\n".join(["    " + part for part in lines])
    exact = Edit(("    " + lines[0],), tuple("    " + part if part.strip() else part for part in new))
    other = Edit((" " * room + lines[0],), tuple(" " * room + part if part.strip() else part for part in new))
    assert apply_edit(text, other) == apply_edit(text, exact)


@quick
@given(
    st.lists(
        st.sampled_from(["<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "a", "b", "```", ""]), max_size=12
    )
)
def test_a_reply_is_applied_or_refused_and_nothing_else(lines):
    reply = "\n".join(lines)
    genome = {"m.txt": "a\nb\nc\n"}
    try:
        result = apply_reply(genome, reply)
    except EditError:
        return
    assert result != genome
    assert parse_edits(reply)


@quick
@given(anything)
def test_replies_of_any_kind_are_read(reply):
    assert "".join(block.text for block in blocks(reply)).count("\n") <= reply.count("\n") + 1
    assert code(reply) == "" or code(reply).endswith("\n")
    assert set(files(reply, ("a.py",))) <= {"a.py"}


@quick
@given(st.text("ab`~\n", max_size=40).filter(lambda text: "```" not in text and "~~~" not in text))
def test_what_is_fenced_comes_out(text):
    (block,) = blocks(f"before\n```py\n{text}\n```\nafter")
    assert block.text == f"{text}\n"


marked = st.lists(
    st.sampled_from(["# EVOLVE-BLOCK-START", "# EVOLVE-BLOCK-END", "a = 1", "", "  b"]), max_size=9
).map("\n".join)


@quick
@given(marked)
def test_markers_pair_up_or_are_refused(text):
    words = [part for part in text.split("\n") if "EVOLVE" in part]
    paired = (
        all(("START" in word) == (place % 2 == 0) for place, word in enumerate(words)) and len(words) % 2 == 0
    )
    if not paired:
        with pytest.raises(RegionError):
            split(text)
        return
    spans = split(text)
    assert "".join(span.text for span in spans) == text
    assert graft(text, regions(text)) == text
    assert sum(span.evolvable for span in spans) == (len(words) // 2 or 1)


@quick
@given(marked, st.lists(line, min_size=4, max_size=4))
def test_a_graft_is_never_a_violation(text, parts):
    problem = Problem("p", ({"a.py": text},))
    try:
        count = len(regions(text))
    except RegionError:
        return
    genome = {"a.py": graft(text, (parts * 2)[:count])}
    assert frozen(problem, genome) == frozen(problem, problem.seeds[0])
    assert violation(problem, genome) == ""


@quick
@given(marked, marked)
def test_digest_and_account_agree(seed, text):
    problem = Problem("p", ({"a.py": seed},))
    same = frozen(problem, {"a.py": text}) == frozen(problem, {"a.py": seed})
    assert same == (violation(problem, {"a.py": text}) == "")
