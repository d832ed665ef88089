import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.archives import GridArchive, Islands, PopulationArchive
from evoengine.testing.archives import insert, scored, state
from tests.property.archive_checks import CHECKS, FITNESS, scripts


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_grid_keeps_to_its_rules(check):
    @settings(max_examples=60, deadline=None)
    @given(scripts())
    def run(script):
        check(GridArchive, script)

    run()


@settings(max_examples=60, deadline=None)
@given(st.lists(FITNESS, max_size=40), st.integers(1, 8))
def test_replacing_the_worst_is_truncation(fitness, capacity):
    """The members are the fittest of all inserted, of equals the earliest, in whatever portions they came."""
    told = [scored(i, value) for i, value in enumerate(fitness)]
    population = PopulationArchive(capacity)
    for known in told:
        insert(population, known)
    ranked = sorted(told, key=lambda known: -known.evaluation.fitness)[:capacity]
    assert sorted(k.candidate.proposal for k in population) == sorted(k.candidate.proposal for k in ranked)


@settings(max_examples=60, deadline=None)
@given(st.lists(FITNESS, max_size=40), st.integers(1, 8))
def test_replacing_the_oldest_keeps_the_latest(fitness, capacity):
    told = [scored(i, value) for i, value in enumerate(fitness)]
    population = PopulationArchive(capacity, replacement="oldest")
    for known in told:
        insert(population, known)
    assert {k.candidate.id for k in population} == {k.candidate.id for k in told[-capacity:]}


@settings(max_examples=60, deadline=None)
@given(st.lists(FITNESS, max_size=40), st.integers(1, 8))
def test_each_place_keeps_the_fittest_that_aimed_at_it(fitness, capacity):
    told = [scored(i, value) for i, value in enumerate(fitness)]
    population = PopulationArchive(capacity, replacement="slot")
    for known in told:
        insert(population, known)
    for place, member in enumerate(population.elites()):
        assert member == max(told[place::capacity], key=lambda known: known.evaluation.fitness)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(FITNESS, st.integers(0, 2), st.booleans()), max_size=40),
    st.sampled_from(["ring", "random"]),
    st.integers(0, 5),
    st.integers(0, 40),
)
def test_islands_fold_alike_and_never_lose_their_best(points, topology, migrate_every, cut):
    told = [
        scored(i, value, island=island, status="ok" if valid else "crash")
        for i, (value, island, valid) in enumerate(points)
    ]
    one, other = (
        Islands(
            lambda: PopulationArchive(4),
            3,
            migrate_every=migrate_every,
            topology=topology,
            migrants=2,
            seed=5,
        )
        for _ in range(2)
    )
    best = None
    for known in told:
        insert(one, known)
        if known.evaluation.ok and (best is None or known.evaluation.fitness > best.evaluation.fitness):
            best = known
        assert one.best() == best
    for known in told[:cut]:
        insert(other, known)
    for known in told[cut:]:
        insert(other, known)
    assert state(one) == state(other)
    assert [state(one.island(i)) for i in range(3)] == [state(other.island(i)) for i in range(3)]
