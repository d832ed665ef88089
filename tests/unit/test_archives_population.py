import pytest

from evoengine.archives import PopulationArchive
from evoengine.testing.archives import ArchiveContract, insert, scored
from evoengine.types import Verdict


class TestWorstContract(ArchiveContract):
    def make(self):
        return PopulationArchive(8)


class TestOldestContract(ArchiveContract):
    def make(self):
        return PopulationArchive(8, replacement="oldest")


class TestSlotContract(ArchiveContract):
    def make(self):
        return PopulationArchive(8, replacement="slot")


def population(replacement, *fitness):
    """Make one of the capacity of what is put in."""
    archive = PopulationArchive(len(fitness), replacement=replacement)
    for i, value in enumerate(fitness):
        assert insert(archive, scored(i, value)) == Verdict("new")
    return archive


def ids(archive):
    return [known.candidate.id for known in archive]


def test_the_worst_leaves_for_a_fitter_one():
    archive = population("worst", 3.0, 1.0, 2.0)
    assert insert(archive, scored(3, 1.5)) == Verdict("improved", 0.5, evicted=("1-0",))
    assert ids(archive) == ["0-0", "3-0", "2-0"]
    assert insert(archive, scored(4, 1.0)) == Verdict("rejected")


def test_the_earlier_of_equals_stays():
    archive = population("worst", 1.0, 1.0, 2.0)
    assert insert(archive, scored(3, 1.0)) == Verdict("rejected")
    assert insert(archive, scored(4, 3.0)).evicted == ("1-0",)
    assert insert(archive, scored(5, 3.0)).evicted == ("0-0",)


def test_the_oldest_leaves_for_anyone_and_the_best_is_remembered():
    archive = population("oldest", 5.0, 1.0)
    assert insert(archive, scored(2, 2.0)) == Verdict("new", evicted=("0-0",))
    assert insert(archive, scored(3, 4.0)) == Verdict("improved", 3.0, evicted=("1-0",))
    assert insert(archive, scored(4, 0.0)).evicted == ("2-0",)
    assert archive.best().candidate.id == "0-0"
    assert archive.stats() == {"num_elites": 2, "best": 5.0, "mean": 2.0}


def test_a_proposal_competes_with_the_place_it_aims_at():
    archive = population("slot", 3.0, 1.0, 2.0)
    assert insert(archive, scored(3, 2.5)) == Verdict("rejected")
    assert insert(archive, scored(5, 2.5)) == Verdict("improved", 0.5, evicted=("2-0",))
    assert insert(archive, scored(8, 2.5)) == Verdict("rejected")
    assert ids(archive) == ["0-0", "1-0", "5-0"]


@pytest.mark.parametrize("replacement", ["worst", "oldest", "slot"])
def test_a_copy_of_a_member_is_a_duplicate_until_the_member_has_left(replacement):
    archive = PopulationArchive(1, replacement=replacement)
    insert(archive, scored(0, 1.0, text="same"))
    assert insert(archive, scored(1, 9.0, text="same")) == Verdict("duplicate")
    assert insert(archive, scored(2, 2.0)).evicted == ("0-0",)
    assert insert(archive, scored(3, 3.0, text="same")).accepted


def test_an_empty_population_has_no_best():
    assert PopulationArchive(3).stats() == {"num_elites": 0}


def test_a_capacity_of_none_is_refused():
    with pytest.raises(ValueError, match="capacity must be at least 1, not 0"):
        PopulationArchive(0)


def test_an_unknown_replacement_is_refused():
    with pytest.raises(ValueError, match="'newest'"):
        PopulationArchive(3, replacement="newest")


def test_a_re_evaluation_leaves_the_member_in_its_place_and_makes_the_best_honest():
    archive = PopulationArchive(3)
    for number, fitness in enumerate([9.0, 4.0, 5.0]):
        insert(archive, scored(number, fitness, text=f"{number}"))
    assert insert(archive, scored(3, 3.0, text="0", repeats=4)) == Verdict("rejected")
    assert ids(archive) == ["0-0", "1-0", "2-0"]
    assert archive.best().candidate.id == "2-0"
    assert archive.stats() == {"num_elites": 3, "best": 5.0, "mean": 4.0}
    # Now it is the worst, and the next to leave.
    assert insert(archive, scored(4, 3.5)) == Verdict("improved", 0.5, evicted=("0-0",))


def test_a_re_evaluation_that_rises_improves_by_the_gain():
    archive = PopulationArchive(2, replacement="oldest")
    insert(archive, scored(0, 1.0, text="same"))
    insert(archive, scored(1, 2.0))
    assert insert(archive, scored(2, 2.5, text="same", repeats=2)) == Verdict("improved", 1.5)
    assert archive.best().candidate.id == "0-0"
    assert archive.best().evaluation.repeats == 2
    assert insert(archive, scored(3, 0.0)).evicted == ("0-0",)


def test_a_best_that_has_left_falls_when_it_is_evaluated_again():
    archive = PopulationArchive(1, replacement="oldest")
    insert(archive, scored(0, 9.0, text="lucky"))
    insert(archive, scored(1, 4.0, text="plain"))
    assert archive.best().candidate.id == "0-0"
    assert insert(archive, scored(2, 1.0, text="lucky", repeats=2)) == Verdict("new", evicted=("1-0",))
    assert archive.best().evaluation.fitness == 1.0
    # One that has left and comes back as lucky as it was is known to be no better.
    insert(archive, scored(3, 0.5, text="other"))
    insert(archive, scored(4, 9.0, text="lucky"))
    assert archive.best().evaluation.fitness == 1.0


def test_the_lower_bound_decides_where_a_confidence_is_given():
    archive = PopulationArchive(1, confidence=2.0)
    insert(archive, scored(0, 5.0, repeats=4, deviation=1.0))
    assert insert(archive, scored(1, 6.0, repeats=4, deviation=3.0)) == Verdict("rejected")
    assert insert(archive, scored(2, 6.0, repeats=4, deviation=1.5)) == Verdict(
        "improved", 0.5, evicted=("0-0",)
    )
    assert archive.best().candidate.id == "2-0"
    assert archive.stats()["best"] == 6.0
