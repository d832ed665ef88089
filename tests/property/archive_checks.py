"""Scripts of inserts, and what must hold for any of them; each check takes the grid class to try."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import strategies as st

from evoengine import selection
from evoengine.problem import Measure
from evoengine.rng import stream
from evoengine.testing.archives import insert, scored, state
from evoengine.types import Known
from tests.reference.grid import ReferenceGrid

EXACT = [0.1, 0.25, 1.0 / 3.0, 0.5, 0.7, 1.0, 3.0, 1000.0]
LOWS = [-5.0, -0.1, 0.0, 0.1, 2.5]


@dataclass(frozen=True)
class Script:
    measures: tuple[Measure, ...]
    offset: float
    told: tuple[Known, ...]


def uniform_measures(name: str) -> st.SearchStrategy[Measure]:
    def make(low, width, bins):
        return Measure(name, low, low + width, bins)

    return st.builds(make, st.sampled_from(LOWS), st.sampled_from(EXACT), st.integers(1, 12))


def edged_measures(name: str) -> st.SearchStrategy[Measure]:
    edges = st.lists(st.sampled_from(LOWS + EXACT), min_size=2, max_size=6, unique=True).map(sorted)
    return edges.map(lambda found: Measure(name, edges=tuple(found)))


def category_measures(name: str) -> st.SearchStrategy[Measure]:
    return st.integers(1, 4).map(lambda count: Measure(name, categories=tuple("wxyz"[:count])))


def any_measures(name: str) -> st.SearchStrategy[Measure]:
    return uniform_measures(name) | edged_measures(name) | category_measures(name)


def edges_of(measure: Measure) -> tuple[float, ...]:
    if measure.edges:
        return measure.edges
    width = measure.high - measure.low
    return tuple(measure.low + width * i / measure.bins for i in range(measure.bins + 1))


def values(measure: Measure) -> st.SearchStrategy[float | str]:
    """Inside, on an edge, right beside one, outside, and absurdly far outside."""
    if measure.categories:
        return st.sampled_from(measure.categories)
    edges = edges_of(measure)
    edge = st.sampled_from(edges)
    inside = st.floats(edges[0], edges[-1])
    beside = st.builds(math.nextafter, edge, st.sampled_from([-math.inf, math.inf]))
    outside = st.floats(edges[0] - 3.0, edges[-1] + 3.0)
    far = st.sampled_from([-1e300, -3e9, 3e9, 1e300])
    return inside | edge | beside | outside | far


FITNESS = (
    st.integers(-3, 3).map(float)
    | st.integers(-30, 30).map(lambda tenths: tenths / 10)
    | st.floats(-1e6, 1e6)
)


@st.composite
def scripts(draw: st.DrawFn, max_told: int = 40) -> Script:
    """Measures, an offset and a sequence of candidates in which genomes recur with their evaluation."""
    names = [f"m{i}" for i in range(draw(st.integers(0, 3)))]
    measures = tuple(draw(any_measures(name)) for name in names)
    points = st.tuples(FITNESS, st.fixed_dictionaries({m.name: values(m) for m in measures}))
    pool = draw(st.lists(points, min_size=1, max_size=max_told))
    picks = draw(st.lists(st.integers(0, len(pool) - 1), min_size=1, max_size=max_told))
    told = tuple(scored(i, *pool[pick], text=f"x = {pick}") for i, pick in enumerate(picks))
    return Script(measures, draw(st.sampled_from([0.0, -3.0, 1.5])), told)


def fill(archive, told: Sequence[Known]):
    for known in told:
        insert(archive, known)
    return archive


def replay(grid, told: Sequence[Known]):
    fitness = [known.evaluation.fitness for known in told]
    columns = {axis.name: [known.evaluation.measures[axis.name] for known in told] for axis in grid.axes}
    grid.replay(fitness, columns, told.__getitem__)
    return grid


def shown(grid):
    return state(grid), list(grid.occupied)


def agrees_with_the_reference(grid_class, script: Script) -> None:
    grid = grid_class(script.measures, offset=script.offset)
    reference = ReferenceGrid(grid.axes, script.offset)
    for known in script.told:
        mine, theirs = insert(grid, known), reference.insert(known)
        assert mine == theirs
        assert grid.best() == reference.best()
    assert list(grid.occupied) == reference.occupied()
    assert list(grid) == reference.elites()
    assert grid.stats() == pytest.approx(reference.stats(), rel=1e-9, abs=1e-9)
    for known in script.told:
        assert grid.cell_of(known.evaluation) == reference.cell_of(known)
        assert grid.at(reference.cell_of(known)) == reference.elite_of(reference.cell_of(known))


def replay_equals_inserting(grid_class, script: Script) -> None:
    """Whole, in two parts, and onto a grid that was filled by inserting."""
    one_by_one = shown(fill(grid_class(script.measures, offset=script.offset), script.told))
    for cut in {0, len(script.told) // 3, len(script.told)}:
        head, tail = script.told[:cut], script.told[cut:]
        for first in (fill, replay):
            grid = first(grid_class(script.measures, offset=script.offset), head)
            assert shown(replay(grid, tail)) == one_by_one


def order_is_irrelevant_without_ties(grid_class, script: Script) -> None:
    distinct = list({known.evaluation.fitness: known for known in script.told}.values())
    forward = fill(grid_class(script.measures, offset=script.offset), distinct)
    backward = fill(grid_class(script.measures, offset=script.offset), distinct[::-1])
    assert {cell: forward.at(cell) for cell in forward.occupied} == {
        cell: backward.at(cell) for cell in backward.occupied
    }
    assert forward.stats() == backward.stats()


def nothing_is_ever_lost(grid_class, script: Script) -> None:
    """The best, the coverage and, with an offset no fitness lies below, the QD score never fall."""
    offset = min(known.evaluation.fitness for known in script.told)
    grid = grid_class(script.measures, offset=offset)
    before = {"best": -math.inf, "coverage": 0.0, "qd_score": 0.0}
    gains = 0.0
    for known in script.told:
        gains += insert(grid, known).gain
        stats = grid.stats()
        assert all(stats[name] >= value for name, value in before.items())
        assert stats["best"] == grid.best().evaluation.fitness
        assert stats["qd_score"] == pytest.approx(gains, rel=1e-9, abs=1e-6)
        before = {name: stats[name] for name in before}


def figures_are_exact_sums(grid_class, script: Script) -> None:
    grid = fill(grid_class(script.measures, offset=script.offset), script.told)
    fitness = [known.evaluation.fitness for known in grid]
    stats = grid.stats()
    assert stats["qd_score"] == math.fsum(value - script.offset for value in fitness)
    assert stats["mean"] == math.fsum(fitness) / len(fitness)
    assert stats["best"] == max(fitness)


def the_infinite_changes_nothing(grid_class, script: Script) -> None:
    grid = fill(grid_class(script.measures, offset=script.offset), script.told)
    before, usual = shown(grid), script.told[0].evaluation
    numeric = [m.name for m in script.measures if not m.categories]
    for bad in (math.nan, math.inf, -math.inf):
        spoiled = [(bad, usual.measures)]
        spoiled += [(usual.fitness, {**usual.measures, name: bad}) for name in numeric]
        for fitness, measures in spoiled:
            known = scored(1000, fitness, measures)
            for into in (fill, replay):
                with pytest.raises(ValueError, match=r"finite|fitness"):
                    into(grid, [known])
                assert shown(grid) == before


def rebinning_is_a_replay(grid_class, script: Script) -> None:
    coarse = tuple(m if m.categories else Measure(m.name, -1.0, 1.0, 2) for m in script.measures)
    assert shown(replay(grid_class(coarse), script.told)) == shown(fill(grid_class(coarse), script.told))


def a_fold_continues_where_it_stopped(grid_class, script: Script) -> None:
    """Its next samples included."""
    whole = fill(grid_class(script.measures), script.told)
    half = len(script.told) // 2
    resumed = fill(replay(grid_class(script.measures), script.told[:half]), script.told[half:])
    for k in range(5):
        chosen = [
            (
                selection.uniform(grid.elites(), stream(0, k, "ask")),
                selection.tournament(grid.elites(), 3, stream(1, k, "ask")),
                selection.inspirations(grid.elites(), 2, stream(2, k, "ask")),
            )
            for grid in (whole, resumed)
        ]
        assert chosen[0] == chosen[1]


def inserting_again_is_a_duplicate(grid_class, script: Script) -> None:
    grid = fill(grid_class(script.measures, offset=script.offset), script.told)
    elites = list(grid)
    for elite in elites:
        assert insert(grid, elite).kind == "duplicate"
    assert list(grid) == elites


CHECKS = [
    agrees_with_the_reference,
    replay_equals_inserting,
    order_is_irrelevant_without_ties,
    nothing_is_ever_lost,
    figures_are_exact_sums,
    the_infinite_changes_nothing,
    rebinning_is_a_replay,
    a_fold_continues_where_it_stopped,
    inserting_again_is_a_duplicate,
]
