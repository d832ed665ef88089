import pytest

from evoengine.archives import GridArchive, Islands, PopulationArchive
from evoengine.problem import Measure
from evoengine.testing.archives import ArchiveContract, insert, scored, state
from evoengine.types import Verdict


class TestIslandsOfGridsContract(ArchiveContract):
    measures = (Measure("size", 0.0, 1.0, 5),)

    def make(self):
        return Islands(lambda: GridArchive(self.measures), 3, migrate_every=10)


class TestIslandsOfPopulationsContract(ArchiveContract):
    def make(self):
        return Islands(lambda: PopulationArchive(6), 3, migrate_every=4, topology="random", migrants=2)


class TestIslandsWithResetsContract(ArchiveContract):
    def make(self):
        return Islands(lambda: PopulationArchive(6), 3, migrate_every=7, reset_every=10)


class TestOneIslandContract(ArchiveContract):
    def make(self):
        return Islands(lambda: PopulationArchive(6), 1, migrate_every=5, reset_every=5)


def islands(count=3, *, migrate_every=0, **options):
    return Islands(lambda: PopulationArchive(4), count, migrate_every=migrate_every, **options)


def ids(archive):
    return [known.candidate.id for known in archive]


def held(archive):
    return [ids(archive.island(i)) for i in range(archive.count)]


def test_a_candidate_goes_to_its_island():
    archive = islands()
    assert insert(archive, scored(0, 1.0, island=2)) == Verdict("new")
    assert held(archive) == [[], [], ["0-0"]]


def test_a_seed_goes_to_every_island_and_counts_once():
    archive = islands()
    assert insert(archive, scored(0, 1.0, operator="seed", island=1)) == Verdict("new")
    assert held(archive) == [["0-0"]] * 3
    assert ids(archive) == ["0-0"]
    assert len(archive) == 1


def test_a_ring_passes_the_best_of_each_island_on_at_once():
    archive = islands(migrate_every=4)
    for number, (fitness, island) in enumerate([(1.0, 0), (2.0, 1), (3.0, 2), (0.5, 0)]):
        insert(archive, scored(number, fitness, island=island))
    assert held(archive) == [["0-0", "3-0", "2-0"], ["1-0", "0-0"], ["2-0", "1-0"]]
    assert archive.stats()["migrations"] == 1


def test_several_migrants_leave_fittest_first_and_of_equals_the_earliest():
    archive = islands(2, migrate_every=3, migrants=2)
    for number, fitness in enumerate([1.0, 1.0, 2.0]):
        insert(archive, scored(number, fitness, island=0))
    assert held(archive)[1] == ["2-0", "0-0"]


def test_failed_candidates_count_but_move_nobody():
    archive = islands(2, migrate_every=2)
    insert(archive, scored(0, 1.0, island=0))
    assert insert(archive, scored(1, None, status="crash")) == Verdict("rejected")
    assert held(archive) == [["0-0"], []]
    insert(archive, scored(2, 0.5, island=0))
    assert held(archive) == [["0-0", "2-0"], ["0-0"]]
    assert archive.stats()["migrations"] == 1


def test_the_random_topology_is_addressed_by_seed_and_count():
    def run(seed):
        archive = islands(5, migrate_every=5, topology="random", seed=seed)
        for number in range(25):
            insert(archive, scored(number, float(number % 7), island=number % 5))
        return held(archive)

    assert run(1) == run(1)
    assert any(run(seed) != run(1) for seed in range(2, 6))


def test_the_random_topology_never_sends_anyone_home():
    for seed in range(20):
        archive = islands(2, migrate_every=2, topology="random", seed=seed)
        insert(archive, scored(0, 1.0, island=0))
        insert(archive, scored(1, 2.0, island=1))
        assert held(archive) == [["0-0", "1-0"], ["1-0", "0-0"]]


def test_one_island_has_nowhere_to_migrate():
    archive = islands(1, migrate_every=1)
    insert(archive, scored(0, 1.0))
    assert archive.stats() == {
        "num_elites": 1,
        "best": 1.0,
        "mean": 1.0,
        "islands": 1,
        "migrations": 0,
        "resets": 0,
    }


def test_the_best_is_that_of_all_islands_even_after_it_has_left():
    archive = Islands(lambda: PopulationArchive(1, replacement="oldest"), 2, migrate_every=0)
    insert(archive, scored(0, 3.0, island=0))
    insert(archive, scored(1, 1.0, island=0))
    insert(archive, scored(2, 3.0, island=1))
    assert archive.best().candidate.id == "0-0"
    assert archive.stats()["best"] == 3.0
    assert archive.stats()["mean"] == 2.0


def test_figures_of_the_islands_own_are_averaged():
    archive = Islands(lambda: GridArchive([Measure("size", 0.0, 1.0, 4)]), 2, migrate_every=0)
    insert(archive, scored(0, 1.0, {"size": 0.1}, island=0))
    insert(archive, scored(1, 2.0, {"size": 9.0}, island=0))
    assert archive.stats() == {
        "num_elites": 2,
        "best": 2.0,
        "mean": 1.5,
        "islands": 2,
        "migrations": 0,
        "resets": 0,
        "coverage": 0.25,
        "qd_score": 1.5,
        "norm_qd_score": 0.375,
        "clipped": 0.5,
    }


def test_a_reset_founds_the_worse_half_anew_on_the_best_of_a_survivor():
    archive = islands(5, reset_every=6)
    for number, (fitness, island) in enumerate([(1.0, 0), (5.0, 1), (3.0, 2), (9.0, 3), (3.0, 4), (4.0, 1)]):
        insert(archive, scored(number, fitness, island=island))
    # Islands 0 and, of the equals 2 and 4, the later one are the worse half.
    founders = held(archive)[0] + held(archive)[4]
    assert held(archive)[1:4] == [["1-0", "5-0"], ["2-0"], ["3-0"]]
    assert set(founders) <= {"1-0", "2-0", "3-0"}
    assert archive.stats()["resets"] == 1


def test_the_founders_are_addressed_by_seed_and_count():
    def run(seed):
        archive = islands(10, reset_every=10, seed=seed)
        for number in range(30):
            insert(archive, scored(number, float(number), island=number % 10))
        return held(archive)

    assert run(1) == run(1)
    assert any(run(seed) != run(1) for seed in range(2, 6))


def test_an_empty_island_is_the_first_to_be_founded_anew():
    archive = islands(2, reset_every=2)
    insert(archive, scored(0, -5.0, island=1))
    assert insert(archive, scored(1, None, status="crash")) == Verdict("rejected")
    assert held(archive) == [[], ["0-0"]]
    insert(archive, scored(2, -6.0, island=1))
    assert held(archive) == [["0-0"], ["0-0", "2-0"]]


def test_the_best_outlives_its_island():
    archive = Islands(lambda: PopulationArchive(1, replacement="oldest"), 2, migrate_every=0, reset_every=3)
    for number, (fitness, island) in enumerate([(9.0, 0), (9.0, 1), (1.0, 0)]):
        insert(archive, scored(number, fitness, island=island))
    assert archive.best().candidate.id == "0-0"


def test_an_island_can_be_added_with_its_founders():
    archive = islands(2, migrate_every=0)
    insert(archive, scored(0, 1.0, island=0))
    assert archive.add([archive.best()]) == 2
    assert archive.add() == 3
    assert held(archive) == [["0-0"], [], ["0-0"], []]
    assert insert(archive, scored(1, 2.0, island=3)).accepted
    assert archive.stats()["islands"] == 4


def test_a_re_evaluation_reaches_every_island_that_holds_the_candidate():
    archive = islands(3, migrate_every=2)
    insert(archive, scored(0, 9.0, island=0, text="lucky"))
    insert(archive, scored(1, 5.0, island=2))
    assert held(archive) == [["0-0", "1-0"], ["0-0"], ["1-0"]]
    assert insert(archive, scored(2, 3.0, island=0, text="lucky", repeats=4)) == Verdict("rejected")
    found = [[known.evaluation.fitness for known in archive.island(i)] for i in range(3)]
    assert found == [[3.0, 5.0], [3.0], [5.0]]
    assert archive.best().candidate.id == "1-0"
    assert archive.stats()["best"] == 5.0


@pytest.mark.parametrize("island", [-1, 3])
def test_an_island_that_does_not_exist_is_refused(island):
    archive = islands()
    before = state(archive)
    with pytest.raises(ValueError, match="numbered 0 to 2"):
        insert(archive, scored(0, 1.0, island=island))
    assert state(archive) == before


@pytest.mark.parametrize(
    ("count", "options"),
    [
        (0, {}),
        (2, {"migrate_every": -1}),
        (2, {"migrants": 0}),
        (2, {"topology": "star"}),
        (2, {"reset_every": -1}),
        (2, {"confidence": -1.0}),
    ],
)
def test_impossible_settings_are_refused(count, options):
    with pytest.raises(ValueError, match="must be"):
        islands(count, **options)
