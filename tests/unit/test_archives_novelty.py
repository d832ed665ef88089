import math

import pytest

from evoengine.archives import DominatedNoveltyArchive, NoveltyArchive
from evoengine.problem import Measure
from evoengine.testing.archives import ArchiveContract, insert, scored, state
from evoengine.types import Verdict

LENGTH = Measure("length", 0.0, 100.0)


class TestNoveltyContract(ArchiveContract):
    measures = (LENGTH, Measure("depth", 0.0, 1.0))

    def make(self):
        return NoveltyArchive(self.measures, neighbours=3, threshold=0.1)


class TestPureNoveltyContract(ArchiveContract):
    measures = (LENGTH,)

    def make(self):
        return NoveltyArchive(self.measures, threshold=0.05, local_competition=False)


class TestDominatedNoveltyContract(ArchiveContract):
    measures = (LENGTH, Measure("depth", 0.0, 1.0))

    def make(self):
        return DominatedNoveltyArchive(self.measures, 8)


def at(number, fitness, length, **more):
    return scored(number, fitness, {"length": length}, **more)


def ids(archive):
    return [known.candidate.id for known in archive]


def test_what_is_far_from_all_enters_and_what_is_not_competes_with_its_neighbour():
    archive = NoveltyArchive([LENGTH], neighbours=2, threshold=0.2)
    assert insert(archive, at(0, 1.0, 10.0)) == Verdict("new")
    assert insert(archive, at(1, 3.0, 50.0)) == Verdict("improved", 2.0)
    # 0.1 from one and 0.3 from the other.
    assert archive.novelty(at(2, 0.0, 20.0).evaluation) == pytest.approx(0.2)
    assert insert(archive, at(2, 0.0, 85.0)) == Verdict("new")
    assert insert(archive, at(3, 0.5, 83.0)) == Verdict("improved", 0.5, evicted=("2-0",))
    assert insert(archive, at(4, 0.5, 84.0)) == Verdict("rejected")
    assert ids(archive) == ["0-0", "1-0", "3-0"]


def test_without_local_competition_nobody_is_replaced():
    archive = NoveltyArchive([LENGTH], threshold=0.2, local_competition=False)
    insert(archive, at(0, 1.0, 10.0))
    assert insert(archive, at(1, 9.0, 12.0)) == Verdict("rejected")
    assert archive.best().candidate.id == "1-0"


def test_the_local_rank_counts_the_less_fit_among_the_nearest():
    archive = NoveltyArchive([LENGTH], neighbours=2, threshold=0.0)
    assert archive.local_rank(at(9, 2.0, 12.0).evaluation) == 0
    assert archive.novelty(at(9, 2.0, 12.0).evaluation) == math.inf
    for number, (fitness, length) in enumerate([(1.0, 10.0), (3.0, 11.0), (0.0, 90.0)]):
        insert(archive, at(number, fitness, length))
    assert archive.local_rank(at(9, 2.0, 12.0).evaluation) == 1


def test_a_re_evaluated_member_is_judged_where_it_is_now():
    archive = NoveltyArchive([LENGTH], neighbours=1, threshold=0.2)
    insert(archive, at(0, 9.0, 10.0, text="lucky"))
    insert(archive, at(1, 5.0, 50.0))
    assert insert(archive, at(2, 4.0, 49.0, text="lucky", repeats=2)) == Verdict("rejected", evicted=("0-0",))
    assert ids(archive) == ["1-0"]
    assert archive.best().candidate.id == "1-0"


def test_dominated_novelty_sheds_whoever_is_nearest_to_a_fitter_one():
    archive = DominatedNoveltyArchive([LENGTH], 3, neighbours=1)
    assert insert(archive, at(0, 5.0, 50.0)) == Verdict("new")
    assert insert(archive, at(1, 1.0, 0.0)) == Verdict("new")
    assert insert(archive, at(2, 4.0, 60.0)) == Verdict("new")
    assert archive.scores.tolist() == pytest.approx([math.inf, 0.5, 0.1])
    assert insert(archive, at(3, 0.0, 5.0)) == Verdict("rejected")
    assert insert(archive, at(4, 6.0, 100.0)) == Verdict("improved", 1.0, evicted=("2-0",))
    assert archive.scores.tolist() == pytest.approx([0.5, 0.5, math.inf])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NoveltyArchive([LENGTH], threshold=-1.0), "threshold"),
        (lambda: NoveltyArchive([LENGTH], threshold=math.inf), "threshold"),
        (lambda: NoveltyArchive([LENGTH], threshold=1.0, neighbours=0), "neighbours"),
        (lambda: NoveltyArchive([], threshold=1.0), "at least one measure"),
        (lambda: DominatedNoveltyArchive([LENGTH], 0), "capacity"),
        (lambda: DominatedNoveltyArchive([LENGTH], 3, neighbours=0), "neighbours"),
    ],
)
def test_impossible_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "archive", [NoveltyArchive([LENGTH], threshold=0.1), DominatedNoveltyArchive([LENGTH], 3)]
)
def test_a_candidate_without_a_place_is_refused_and_changes_nothing(archive):
    before = state(archive)
    with pytest.raises(ValueError, match="lacks the measure 'length'"):
        insert(archive, scored(0, 1.0))
    assert state(archive) == before
