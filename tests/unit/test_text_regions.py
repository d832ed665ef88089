import pytest

from evoengine.problem import Problem
from evoengine.text import RegionError, Span, frozen, graft, is_evolvable, regions, split, violation

TEXT = """\
import math
# EVOLVE-BLOCK-START
a = 1
# EVOLVE-BLOCK-END
b = 2
    # EVOLVE-BLOCK-START (the rule)
    c = 3
    # EVOLVE-BLOCK-END
d = 4
"""


def problem(*seeds, evolvable=()):
    return Problem("p", tuple(seeds), evolvable=evolvable)


def test_spans_join_to_the_text():
    spans = split(TEXT)
    assert "".join(span.text for span in spans) == TEXT
    assert [span.evolvable for span in spans] == [False, True, False, True, False]
    assert [span.line for span in spans] == [1, 3, 4, 7, 8]
    assert regions(TEXT) == ("a = 1\n", "    c = 3\n")


def test_without_markers_all_may_change():
    assert split("a\nb") == (Span("a\nb", evolvable=True, line=1),)
    assert split("") == (Span("", evolvable=True, line=1),)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("# {}", "# {}"),
        ("// {}", "// {}"),
        ("/* {} */", "/* {} */"),
        ("-- {}", "-- {}"),
        ("<!-- {} -->", "<!-- {} -->"),
        ("% {}", "% {}"),
        ("; {}", ";; {} ;;"),
        ("{}", "{}"),
        ("#{}", "\t#   {}: done"),
        ("! {}\r", "! {}\r"),
    ],
)
def test_markers_fit_any_comment_style(start, end):
    text = f"x\n{start.format('EVOLVE-BLOCK-START')}\ny\n{end.format('EVOLVE-BLOCK-END')}\nz"
    assert regions(text) == ("y\n",)


def test_a_word_before_the_marker_makes_it_prose():
    assert regions("see EVOLVE-BLOCK-START\nx") == ("see EVOLVE-BLOCK-START\nx",)
    assert regions("# EVOLVE-BLOCK-STARTED\nx") == ("# EVOLVE-BLOCK-STARTED\nx",)


def test_markers_at_both_ends_of_the_text():
    assert split("#EVOLVE-BLOCK-START\n#EVOLVE-BLOCK-END") == (
        Span("#EVOLVE-BLOCK-START\n", evolvable=False, line=1),
        Span("", evolvable=True, line=2),
        Span("#EVOLVE-BLOCK-END", evolvable=False, line=2),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# EVOLVE-BLOCK-START\na", "line 1: EVOLVE-BLOCK-START without"),
        ("# EVOLVE-BLOCK-START", "line 1"),
        ("a\n# EVOLVE-BLOCK-END", "line 2: EVOLVE-BLOCK-END without"),
        ("# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-START\n", "line 2: .* do not nest"),
        ("# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\n# EVOLVE-BLOCK-END\n", "line 3"),
        (TEXT + "# EVOLVE-BLOCK-START\n", "line 10: EVOLVE-BLOCK-START without"),
    ],
)
def test_markers_that_do_not_pair_up(text, reason):
    with pytest.raises(RegionError, match=reason):
        split(text)


def test_grafting_changes_the_regions_alone():
    assert graft(TEXT, ["a = 5\n", "    c = 6\n"]) == TEXT.replace("a = 1", "a = 5").replace("c = 3", "c = 6")
    assert graft(TEXT, regions(TEXT)) == TEXT
    assert graft("whole", ["other"]) == "other"


def test_grafting_keeps_the_closing_marker_on_its_line():
    assert graft(TEXT, ["a = 5", ""]) == TEXT.replace("a = 1", "a = 5").replace("    c = 3\n", "")
    empty = "# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\n"
    assert graft(empty, ["x"]) == "# EVOLVE-BLOCK-START\nx\n# EVOLVE-BLOCK-END\n"


def test_grafting_needs_a_part_for_each_region():
    with pytest.raises(RegionError, match="1 parts were given for 2"):
        graft(TEXT, ["a"])


def test_which_files_may_change():
    assert is_evolvable(problem({}), "any.py")
    assert is_evolvable(problem({}, evolvable=("a.py",)), "a.py")
    assert not is_evolvable(problem({}, evolvable=("a.py",)), "b.py")


SEED = {"main.py": TEXT, "lib.py": "x = 1\n"}
PROBLEM = problem(SEED, evolvable=("main.py",))


def kept(genome):
    """Say whether a genome keeps to the problem, by digest and by account, which must agree."""
    account = violation(PROBLEM, genome)
    assert (frozen(PROBLEM, genome) == frozen(PROBLEM, SEED)) == (account == "")
    return account


def test_the_regions_may_change():
    assert kept(SEED) == ""
    assert kept({**SEED, "main.py": TEXT.replace("a = 1", "a = 9\nz = 0").replace("    c = 3\n", "")}) == ""


@pytest.mark.parametrize(
    ("genome", "reason"),
    [
        ({"main.py": TEXT}, "lib.py is missing"),
        ({**SEED, "new.py": ""}, "new.py is not a file of this problem"),
        ({**SEED, "lib.py": "x = 2\n"}, "lib.py may not be changed"),
        ({**SEED, "lib.py": "x = 1"}, "lib.py may not be changed"),
        ({**SEED, "main.py": TEXT.replace("import math", "import os")}, "near 'import math'"),
        ({**SEED, "main.py": TEXT.replace("b = 2", "b = 3")}, "near '# EVOLVE-BLOCK-END'"),
        ({**SEED, "main.py": TEXT.replace("d = 4\n", "")}, "outside the EVOLVE-BLOCK regions"),
        ({**SEED, "main.py": "a = 1\n"}, "markers were added, removed or moved"),
        (
            {**SEED, "main.py": TEXT.replace("a = 1\n", "# EVOLVE-BLOCK-END\n# EVOLVE-BLOCK-START\n")},
            "markers",
        ),
        ({**SEED, "main.py": TEXT.replace("# EVOLVE-BLOCK-END\nb", "b")}, "main.py: line 5: .* do not nest"),
        ({**SEED, "main.py": "import os\n" + TEXT}, "near 'import math'"),
        ({}, "main.py is missing\nlib.py is missing"),
    ],
)
def test_what_is_frozen_may_not(genome, reason):
    import re

    assert re.search(reason, kept(genome))


def test_several_changes_are_all_named():
    genome = {"main.py": TEXT.replace("b = 2", ""), "lib.py": "", "more.py": ""}
    assert len(violation(PROBLEM, genome).splitlines()) == 3


def test_the_nearest_seed_counts():
    both = problem({"a.py": "1", "b.py": "1"}, {"a.py": "2", "b.py": "2"}, evolvable=("c.py",))
    assert violation(both, {"a.py": "2", "b.py": "2"}) == ""
    assert violation(both, {"a.py": "2", "b.py": "3"}) == "b.py may not be changed"


def test_a_file_whose_markers_do_not_pair_up_is_frozen_whole():
    odd = problem({"a.py": "# EVOLVE-BLOCK-START\nx"})
    assert frozen(odd, {"a.py": "# EVOLVE-BLOCK-START\ny"}) != frozen(odd, odd.seeds[0])
    assert frozen(odd, dict(odd.seeds[0])) == frozen(odd, odd.seeds[0])


def test_without_evolvable_names_every_file_may_change():
    free = problem({"a.py": "x", "b.md": "y"})
    assert frozen(free, {"a.py": "z", "b.md": "z"}) == frozen(free, free.seeds[0])
    assert frozen(free, {"a.py": "z"}) != frozen(free, free.seeds[0])
