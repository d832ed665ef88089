"""How alike two genomes are."""

from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.text.shingles import WIDTH, shingles, similarity

SMALL = {"main.py": "def f(x):\n    return x + 1\n"}
words = st.lists(st.sampled_from(["a", "b", "c", "+", "x1"]), max_size=12).map(" ".join)
genomes = st.fixed_dictionaries({"a.txt": words, "b.txt": words})


def test_comments_spacing_and_spelling_count_for_nothing_in_a_program():
    same = {"main.py": "# same\ndef f( x ):\n    return (x + 0x1)\n"}
    assert similarity(SMALL, same) == 1.0
    assert shingles(SMALL) == shingles(same)


def test_a_text_of_few_tokens_is_one_shingle():
    assert len(shingles({"a.txt": "one two"})) == 1
    assert len(shingles({"a.txt": ""})) == 1
    assert len(shingles({"a.txt": " ".join("abcdefg")})) == 7 - WIDTH + 1


def test_the_resemblance_is_the_shared_part_of_all_shingles():
    # abcde, bcdef, cdefg against abcde, bcdef, cdefh: two of four
    assert similarity({"a.txt": "a b c d e f g"}, {"a.txt": "a b c d e f h"}) == 0.5
    assert similarity({"a.txt": "a b c d e f g"}, {"a.txt": "p q r s t u v"}) == 0.0


def test_the_name_of_a_file_counts():
    assert similarity({"a.txt": "a b c d e f"}, {"b.txt": "a b c d e f"}) == 0.0


def test_no_files_are_alike():
    assert similarity({}, {}) == 1.0
    assert similarity({}, SMALL) == 0.0


def test_texts_of_any_characters_can_be_compared():
    assert similarity({"a.txt": "\ud800 \x00"}, {"a.txt": "\ud800 \x00"}) == 1.0


@given(genomes, genomes)
@settings(max_examples=60)
def test_resemblance_is_symmetric_bounded_and_1_for_equals(a, b):
    assert similarity(a, b) == similarity(b, a)
    assert 0.0 <= similarity(a, b) <= 1.0
    assert similarity(a, a) == 1.0
