import numpy as np
import pytest

from evoengine import selection
from evoengine.archives import CaseFront, ParetoFront, ParetoGrid, RankedPopulation
from evoengine.problem import Measure, Objective
from evoengine.rng import stream
from evoengine.testing.archives import ArchiveContract, insert, scored, state
from evoengine.types import Verdict

SPEED, COST = Objective("speed"), Objective("cost", "min")
SIZE = Measure("size", 0.0, 1.0, 4)


class _WithObjectives(ArchiveContract):
    def known(self, number, fitness, status="ok"):
        objectives = {"speed": 0.0 if fitness is None else fitness, "cost": (number * 7) % 5}
        return scored(number, fitness, status=status, objectives=objectives)


class TestParetoFrontContract(_WithObjectives):
    def make(self):
        return ParetoFront([SPEED, COST])


class TestCappedParetoFrontContract(_WithObjectives):
    def make(self):
        return ParetoFront([SPEED, COST], capacity=3)


class TestRankedPopulationContract(_WithObjectives):
    def make(self):
        return RankedPopulation([SPEED, COST], 8)


class TestCaseFrontContract(ArchiveContract):
    def make(self):
        return CaseFront(["a", "b", "c"])

    def known(self, number, fitness, status="ok"):
        cases = {case: (number * step) % 7 for case, step in (("a", 2), ("b", 3), ("c", 5))}
        return scored(number, fitness, status=status, cases=cases)


def at(number, speed, cost, **more):
    return scored(number, speed, objectives={"speed": speed, "cost": cost}, **more)


def ids(archive):
    return [known.candidate.id for known in archive]


def test_a_front_judges_by_each_objectives_own_direction():
    front = ParetoFront([SPEED, COST])
    assert insert(front, at(0, 5.0, 3.0)) == Verdict("new", rank=0)
    assert insert(front, at(1, 4.0, 4.0)) == Verdict("dominated")
    assert insert(front, at(2, 5.0, 3.0)) == Verdict("rejected")
    assert insert(front, at(3, 4.0, 1.0)) == Verdict("new", rank=0)
    assert insert(front, at(4, 6.0, 1.0)) == Verdict("improved", 1.0, rank=0, evicted=("0-0", "3-0"))
    assert ids(front) == ["4-0"]


def test_a_full_front_sheds_its_most_crowded():
    front = ParetoFront([SPEED, COST], capacity=3)
    for number, x in enumerate([0.0, 4.0, 10.0]):
        insert(front, at(number, x, x))
    assert insert(front, at(3, 5.0, 5.0)) == Verdict("new", rank=0, evicted=("1-0",))
    assert insert(front, at(4, 4.9, 4.9)) == Verdict("rejected")
    assert front.crowding.tolist() == [np.inf, 2.0, np.inf]


def test_an_archive_of_objectives_is_chosen_from_by_rank_and_crowding():
    population = RankedPopulation([SPEED, COST], 4)
    for number, (speed, cost) in enumerate([(1.0, 1.0), (2.0, 2.0), (0.0, 3.0), (1.5, 1.5)]):
        insert(population, at(number, speed, cost))
    assert population.ranks.tolist() == [0, 0, 1, 0]
    assert population.crowding.tolist() == [np.inf, np.inf, 0.0, 2.0]
    rng = stream(0, 0, "ask")
    chosen = [
        selection.crowded_tournament(population.elites(), population.ranks, population.crowding, rng)
        for _ in range(50)
    ]
    assert {known.candidate.id for known in chosen} == {"0-0", "1-0", "3-0"}


def test_a_ranked_population_sheds_the_dominated_and_says_so():
    population = RankedPopulation([SPEED, COST], 2)
    assert insert(population, at(0, 1.0, 1.0)) == Verdict("new", rank=0)
    assert insert(population, at(1, 0.0, 2.0)) == Verdict("new", rank=1)
    assert insert(population, at(2, 2.0, 1.0)) == Verdict("improved", 1.0, rank=0, evicted=("1-0",))
    assert population.ranks.tolist() == [1, 0]
    assert insert(population, at(3, 0.0, 0.0)) == Verdict("new", rank=0, evicted=("0-0",))
    assert insert(population, at(4, 0.0, 5.0)) == Verdict("dominated", rank=1)
    assert insert(population, at(5, 1.0, 0.5)) == Verdict("rejected", rank=0)


def test_an_empty_population_has_no_ranks():
    population = RankedPopulation([SPEED], 2)
    assert population.ranks.tolist() == population.crowding.tolist() == []


def by_cases(number, *scores, **more):
    return scored(number, sum(scores), cases=dict(zip("abc", scores, strict=False)), **more)


def test_the_front_of_cases_keeps_specialists_and_counts_what_they_hold():
    front = CaseFront("abc")
    assert insert(front, by_cases(0, 1.0, 1.0, 1.0)) == Verdict("new")
    assert insert(front, by_cases(1, 4.0, 0.0, 0.0)) == Verdict("improved", 1.0)
    assert insert(front, by_cases(2, 0.0, 0.5, 0.0)) == Verdict("dominated")
    assert insert(front, by_cases(3, 4.0, 0.0, 0.0)) == Verdict("rejected")
    assert insert(front, by_cases(4, 0.0, 1.0, 0.0)) == Verdict("dominated")
    assert insert(front, by_cases(5, 0.0, 3.0, 1.0)) == Verdict("improved", 2 / 3)
    # The first still shares case c, and nobody dominates it.
    assert ids(front) == ["0-0", "1-0", "5-0"]
    assert front.frequencies.tolist() == [1, 1, 2]
    assert insert(front, by_cases(6, 1.0, 3.0, 1.0)).evicted == ("0-0", "5-0")
    assert front.tops.tolist() == [4.0, 3.0, 1.0]
    chosen = selection.frontier_frequency(front.elites(), front.frequencies, stream(0, 0, "ask"))
    assert chosen in list(front)
    assert selection.lexicase(front.elites(), front.scores, stream(0, 0, "ask")) in list(front)


def test_one_that_only_ties_for_a_case_is_new():
    front = CaseFront("ab")
    insert(front, by_cases(0, 2.0, 0.0))
    insert(front, by_cases(1, 0.0, 2.0))
    assert insert(front, by_cases(2, 2.0, 1.0)) == Verdict("new", evicted=("0-0",))


def test_many_cases_fit():
    cases = [f"{i}" for i in range(130)]
    front = CaseFront(cases)
    for number in range(130):
        insert(front, scored(number, 0.0, cases={case: float(case == f"{number}") for case in cases}))
    assert front.frequencies.tolist() == [1] * 130


def test_a_case_falls_to_those_who_are_next_when_its_holder_is_evaluated_again():
    front = CaseFront("ab")
    insert(front, by_cases(0, 9.0, 0.0, text="lucky"))
    insert(front, by_cases(1, 3.0, 5.0))
    assert insert(front, by_cases(2, 1.0, 0.0, text="lucky", repeats=3)) == Verdict(
        "rejected", evicted=("0-0",)
    )
    assert ids(front) == ["1-0"]
    assert front.frequencies.tolist() == [2]
    assert front.tops.tolist() == [3.0, 5.0]
    assert front.best().candidate.id == "1-0"


def test_a_member_can_be_discarded():
    front = CaseFront("ab")
    known = by_cases(0, 1.0, 1.0)
    insert(front, known)
    front.discard("unknown")
    front.discard(known.candidate.digest)
    assert len(front) == 0
    assert insert(front, known).kind == "new"


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (ParetoFront([SPEED, COST]), "no finite objective 'speed'"),
        (RankedPopulation([SPEED, COST], 3), "no finite objective 'speed'"),
        (CaseFront("ab"), "no finite score on the case 'a'"),
    ],
)
def test_a_candidate_without_what_is_asked_for_is_refused_and_changes_nothing(archive, message):
    before = state(archive)
    with pytest.raises(ValueError, match=message):
        insert(archive, scored(0, 1.0))
    assert state(archive) == before


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ParetoFront([]), "objectives must be"),
        (lambda: ParetoFront([SPEED, SPEED]), "objectives must be"),
        (lambda: ParetoFront([SPEED], capacity=-1), "capacity"),
        (lambda: RankedPopulation([SPEED], 0), "capacity"),
        (lambda: ParetoGrid([SIZE], [SPEED], capacity=-1), "capacity"),
        (lambda: CaseFront([]), "cases must be"),
        (lambda: CaseFront(["a", "a"]), "cases must be"),
    ],
)
def test_impossible_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


class TestParetoGridContract(ArchiveContract):
    measures = (SIZE,)

    def make(self):
        return ParetoGrid(self.measures, [SPEED, COST], capacity=4)

    def known(self, number, fitness, status="ok"):
        objectives = {"speed": 0.0 if fitness is None else fitness, "cost": (number * 7) % 5}
        return scored(number, fitness, {"size": number % 9 / 8}, status=status, objectives=objectives)


def test_a_grid_of_fronts_judges_by_the_front_of_the_cell():
    grid = ParetoGrid([SIZE], [SPEED, COST], capacity=2)

    def put(number, size, speed, cost, **more):
        known = scored(number, speed, {"size": size}, objectives={"speed": speed, "cost": cost}, **more)
        return insert(grid, known)

    assert put(0, 0.1, 5.0, 5.0) == Verdict("new", 0.0, (0,), 0)
    assert put(1, 0.9, 1.0, 9.0, text="moves") == Verdict("new", 0.0, (3,), 0)
    assert put(2, 0.2, 4.0, 6.0) == Verdict("dominated", 0.0, (0,))
    assert put(3, 0.2, 6.0, 4.0) == Verdict("improved", 1.0, (0,), 0, ("0-0",))
    assert put(4, 0.2, 3.0, 3.0) == Verdict("new", 0.0, (0,), 0)
    assert put(5, 0.2, 4.0, 3.5) == Verdict("rejected", 0.0, (0,))
    assert ids(grid.front((0,))) == ["3-0", "4-0"]
    assert sorted(ids(grid)) == ["1-0", "3-0", "4-0"]
    assert list(grid.occupied) == [(0,), (3,)]
    assert grid.stats() == {"num_elites": 3, "best": 6.0, "mean": 10 / 3, "coverage": 0.5}
    assert put(6, 0.1, 7.0, 9.0, text="moves", repeats=2) == Verdict("improved", 6.0, (0,), 0, ("3-0",))
    assert grid.stats()["coverage"] == 0.25
    with pytest.raises(KeyError):
        grid.front((1,))
    grid.discard("unknown")
