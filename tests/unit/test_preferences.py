from evoengine.preferences import Preference


def test_a_preference_reads_what_it_writes():
    for preference in (
        Preference("1-0", "2-0"),
        Preference("a", "b", tie=True),
        Preference("a", "b", "seed-0"),
    ):
        assert Preference.of_notes(f"It said [so]. {preference.to_notes()}") == preference
    assert Preference.of_notes("no [1-0 over 2-0] at the end, though") is None
    for strange in ({"hint": "x"}, {"preference": "a"}, {"preference": {"better": "a", "worse": ["b"]}}):
        assert Preference.of_body(strange) is None
    assert Preference.of_body({"preference": {"better": "a", "worse": "b"}}) == Preference("a", "b")
