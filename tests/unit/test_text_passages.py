"""Looking paragraphs up."""

from hypothesis import given
from hypothesis import strategies as st

from evoengine.text.passages import COUNT, passages

PAPERS = {
    "a.md": "Circles pack well in hexagons.\n\nSquares pack in rows.\n\n\n",
    "b.md": "Circles, circles, circles: all about circles and their radii.\n \nNothing.",
}


def test_the_best_match_comes_first_under_the_name_of_its_document():
    found = passages("radii of circles?", PAPERS)
    assert found[0].startswith("b.md:\nCircles, circles")
    assert found[1] == "a.md:\nCircles pack well in hexagons."
    assert len(found) == 2


def test_a_rare_word_counts_for_more_than_a_common_one():
    common = {f"{n}.md": "common words of a text" for n in range(9)}
    found = passages("common zebra", {**common, "z.md": "a zebra is here now"})
    assert found[0].startswith("z.md")
    assert len(found) == COUNT


def test_of_equals_the_earlier_is_better_and_a_longer_paragraph_counts_for_less():
    assert passages("x", {"a": "x y", "b": "x y"}) == ["a:\nx y", "b:\nx y"]
    assert passages("x", {"a": "x y z w v", "b": "x y"})[0] == "b:\nx y"


def test_nothing_is_found_in_nothing():
    assert passages("x", {}) == []
    assert passages("", PAPERS) == []
    assert passages("zebra", PAPERS) == []
    assert passages("x", {"a": " \n\n "}) == []


@given(st.text(), st.dictionaries(st.text(max_size=3), st.text(), max_size=3))
def test_any_texts_will_do(text, documents):
    assert len(passages(text, documents)) <= COUNT
