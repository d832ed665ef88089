"""Replies read as offspring, or refused for a reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_samples import HELPER, MAIN, PROBLEM

from evoengine.operators.replies import FAULTS, MENDABLE, ReplyError, points, read_edits, read_rewrite, said
from evoengine.problem import Problem
from evoengine.text import frozen

PARENT = PROBLEM.seeds[0]
PLAIN = Problem("plain", ({"main.py": "a = 1\nb = 2\n"},))
POEM = Problem("poem", ({"poem.md": "An old pond.\n"},))


def rewritten(reply, problem=PROBLEM):
    return read_rewrite(problem, problem.seeds[0], reply)


def edited(reply, problem=PROBLEM):
    return read_edits(problem, problem.seeds[0], reply)


def fault(read, reply, problem=PROBLEM):
    with pytest.raises(ReplyError) as caught:
        read(reply, problem)
    assert caught.value.kind in FAULTS
    return caught.value


def block(text, name="python main.py"):
    return f"```{name}\n{text}```\n"


def edit(search, replacement, file=""):
    return f"<<<<<<< SEARCH {file}\n{search}\n=======\n{replacement}\n>>>>>>> REPLACE\n"


BETTER = MAIN.replace("0.5", "0.75")


def test_a_whole_file_takes_the_place_of_the_parents():
    assert rewritten(f"Scale up.\n\n{block(BETTER)}") == {"main.py": BETTER, "helper.py": HELPER}


def test_white_space_of_frozen_text_is_put_back():
    loose = "\n\n" + BETTER.replace("import helper\n\n", "import helper\n").rstrip() + "   \n\n"
    assert rewritten(block(loose))["main.py"] == BETTER


def test_a_frozen_file_of_a_reply_is_not_looked_at():
    reply = block(BETTER) + block("raise SystemExit\n", "python helper.py")
    assert rewritten(reply)["helper.py"] == HELPER


def test_a_reply_without_fences_counts_if_it_is_a_program():
    assert rewritten("a = 3\nb = 2", PLAIN) == {"main.py": "a = 3\nb = 2\n"}
    assert fault(rewritten, "Sorry", PLAIN).kind == "refused"
    assert fault(rewritten, "Better", PLAIN).kind == "no_code"
    assert fault(rewritten, "A frog leaps.", POEM).kind == "no_code"


def test_an_unclosed_fence_counts_if_what_it_holds_compiles():
    assert rewritten("```python\na = 3\n", PLAIN) == {"main.py": "a = 3\n"}
    assert fault(rewritten, "```python\na = (3\n", PLAIN).kind == "truncated"
    assert fault(rewritten, "```\n", PLAIN).kind == "truncated"


def test_an_unclosed_text_is_truncated():
    assert fault(rewritten, "```markdown poem.md\nA frog\n", POEM).kind == "truncated"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("I can't help with that.", "refused"),
        ("I\u2019m sorry, but no.", "refused"),
        ("As an AI, I will not.", "refused"),
        ("Unfortunately this is as good as it gets.", "refused"),
        ("Increase the scale.", "no_code"),
        ("```python\n```\n", "no_code"),
        (block("SCALE = (0.5\n", "text notes.txt"), "frozen"),
        (block(BETTER.replace("0.75", "(0.75")), "unparsable"),
        (block(MAIN), "unchanged"),
        (block(MAIN.replace("SCALE = 0.5", "SCALE = .50  # half")), "unchanged"),
        (block(BETTER.replace("import helper", "import os")), "frozen"),
        (block(BETTER.replace("# EVOLVE-BLOCK-END\n", "")), "frozen"),
        (block("SCALE = 0.75\n"), "frozen"),
    ],
)
def test_a_rewrite_that_cannot_be_used_is_refused(reply, kind):
    assert fault(rewritten, reply).kind == kind


def test_a_violation_is_explained():
    error = fault(rewritten, block(BETTER.replace("import helper", "import os")))
    assert "outside the EVOLVE-BLOCK regions" in str(error)
    assert error.kind in MENDABLE


def test_edits_are_made_to_the_parent():
    assert edited(edit("SCALE = 0.5", "SCALE = 0.75", "main.py")) == {"main.py": BETTER, "helper.py": HELPER}
    assert edited(f"Up.\n{edit('SCALE = 0.5', 'SCALE = 0.75')}")["main.py"] == BETTER


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("", "empty"),
        ("I cannot do that.", "refused"),
        ("Scale up.", "no_code"),
        (block(BETTER), "bad_edit"),
        (edit("SCALE = 7", "SCALE = 8"), "bad_edit"),
        (edit("return cities", "return []", "helper.py"), "bad_edit"),
        ("<<<<<<< SEARCH\nSCALE = 0.5\n=======\nSCALE", "truncated"),
        (edit("SCALE = 0.5", "SCALE = 0.5"), "unchanged"),
        (edit("SCALE = 0.5", "SCALE = .5"), "unchanged"),
        (edit("import helper", "import os"), "frozen"),
        (edit("SCALE = 0.5", "SCALE = ("), "unparsable"),
    ],
)
def test_edits_that_cannot_be_used_are_refused(reply, kind):
    assert fault(edited, reply).kind == kind


def test_a_bad_edit_says_what_to_quote():
    assert "SEARCH lines are not there" in str(fault(edited, edit("SCALE = 7", "SCALE = 8")))


@given(
    st.text(max_size=80),
    st.sampled_from(["", "```python main.py\n", "<<<<<<< SEARCH\nSCALE = 0.5\n=======\n"]),
)
@settings(max_examples=150)
def test_whatever_a_model_writes_gives_a_genome_that_keeps_to_the_problem_or_a_fault(text, before):
    for read in (rewritten, edited):
        for after in ("", "\n```\n", "\n>>>>>>> REPLACE\n"):
            kind = ""
            try:
                genome = read(before + text + after)
            except ReplyError as error:
                genome, kind = PARENT, error.kind
            assert frozen(PROBLEM, genome) == frozen(PROBLEM, PARENT)
            assert not kind or kind in FAULTS


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        ("**Scale up.**\n\n```python\na\n```", "Scale up."),
        ("\n# Idea: scale\nmore", "Idea: scale"),
        ("```python\na\n```\nThere.", ""),
        ("<<<<<<< SEARCH\n", ""),
        ("", ""),
    ],
)
def test_the_first_line_says_what_a_reply_does(reply, line):
    assert said(reply) == line


def test_a_long_first_line_is_cut():
    assert len(said("x" * 5000)) < 300


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("1. Sort first.\n2. Hash\n   the rest.", ["Sort first.", "Hash\n   the rest."]),
        ("Here they are:\n\n**1)** Sort.\n**2)** Hash.", ["Sort.", "Hash."]),
        ("- 1: Sort by 2.5 first.", ["Sort by 2.5 first."]),
        ("Sort, then hash.", ["Sort, then hash."]),
        ("1. \n2. Hash.", ["Hash."]),
    ],
)
def test_the_points_of_a_list_are_told_apart(reply, expected):
    assert points(reply) == expected
