"""What must hold for novelty archives, against twins that work through lists; each check takes the class to try."""

import pytest
from hypothesis import strategies as st

from evoengine.problem import Measure
from evoengine.testing.archives import insert, scored
from tests.reference.novelty import ReferenceNovelty, distance, dominated_novelty, novelty

# Multiples of an eighth: every distance along an axis is exact, and ties are frequent.
VALUES = st.integers(0, 8).map(lambda i: i / 8) | st.floats(0, 1)
FITNESS = st.integers(-1, 1).map(float) | st.floats(-10, 10)


def rows(dimensions):
    return st.lists(st.tuples(FITNESS, st.tuples(*[VALUES] * dimensions)), min_size=1, max_size=30)


ROWS = st.integers(1, 3).flatmap(rows)


def axes(rows):
    return [Measure(f"m{i}", 0.0, 1.0) for i in range(len(rows[0][1]))]


def known(number, fitness, point, **more):
    return scored(number, fitness, {f"m{i}": value for i, value in enumerate(point)}, **more)


def novelty_is_that_of_brute_force(kind, rows, neighbours, threshold, local_competition):
    archive = kind(
        axes(rows), neighbours=neighbours, threshold=threshold, local_competition=local_competition
    )
    reference = ReferenceNovelty(neighbours, threshold, local_competition)
    for number, (fitness, point) in enumerate(rows):
        each = known(number, fitness, point)
        members = [other for other, _ in reference.members]
        expected = novelty(point, members, neighbours)
        assert archive.novelty(each.evaluation) == pytest.approx(expected, rel=1e-9, abs=1e-9)
        near = sorted(range(len(members)), key=lambda i: (distance(point, members[i]), i))
        ties = len(near) > neighbours and distance(point, members[near[neighbours - 1]]) == pytest.approx(
            distance(point, members[near[neighbours]]), rel=1e-9, abs=1e-9
        )
        if not ties:
            fitter = [reference.members[i][1].evaluation.fitness < fitness for i in near[:neighbours]]
            assert archive.local_rank(each.evaluation) == sum(fitter)
        if expected == pytest.approx(threshold, rel=1e-9, abs=1e-9):
            return
        close = sorted(distance(point, other) for other in members)[:2]
        if expected < threshold and len(close) > 1 and close[0] == pytest.approx(close[1], rel=1e-9):
            return
        verdict = insert(archive, each)
        outcome = reference.insert(point, each)
        assert verdict.accepted == (outcome != "rejected")
        assert bool(verdict.evicted) == (outcome == "replaced")
        assert list(archive) == [member for _, member in reference.members]


def dominated_novelty_is_that_of_brute_force(kind, rows, capacity, neighbours):
    archive = kind(axes(rows), capacity, neighbours=neighbours)
    for number, (fitness, point) in enumerate(rows):
        before = [member.candidate.proposal for member in archive]
        verdict = insert(archive, known(number, fitness, point))
        union = [*before, number]
        scores = dominated_novelty([rows[i][1] for i in union], [rows[i][0] for i in union], neighbours)
        left = set(union) - {member.candidate.proposal for member in archive}
        assert len(left) == max(0, len(union) - capacity)
        assert verdict.accepted == (number not in left)
        for gone in left:
            assert scores[union.index(gone)] <= min(scores) + 1e-9
        held = [member.candidate.proposal for member in archive]
        now = dominated_novelty([rows[i][1] for i in held], [rows[i][0] for i in held], neighbours)
        assert archive.scores == pytest.approx(now, rel=1e-9, abs=1e-9)
        assert archive.best().evaluation.fitness == max(member.evaluation.fitness for member in archive)


def whoever_is_discarded_or_evaluated_again_leaves_no_trace(kind, rows, data):
    archive = kind(axes(rows), 6, neighbours=2)
    for number, (fitness, point) in enumerate(rows):
        insert(archive, known(number, fitness, point, text=f"{number}"))
    for _ in range(data.draw(st.integers(0, 5))):
        if not len(archive):
            return
        member = data.draw(st.sampled_from(list(archive)))
        if data.draw(st.booleans()):
            archive.discard(member.candidate.digest)
            archive.discard(member.candidate.digest)
        else:
            fitness, point = data.draw(FITNESS), data.draw(st.tuples(*[VALUES] * len(rows[0][1])))
            text = member.candidate.genome["main.py"]
            insert(archive, known(99, fitness, point, text=text, repeats=member.evaluation.repeats + 1))
        held = list(archive)
        points = [tuple(each.evaluation.measures.values()) for each in held]
        expected = dominated_novelty(points, [each.evaluation.fitness for each in held], 2)
        assert archive.scores == pytest.approx(expected, rel=1e-9, abs=1e-9)


CHECKS = [
    (
        novelty_is_that_of_brute_force,
        "NoveltyArchive",
        [ROWS, st.integers(1, 5), st.sampled_from([0.01, 0.11, 0.26, 0.7]), st.booleans()],
    ),
    (
        dominated_novelty_is_that_of_brute_force,
        "DominatedNoveltyArchive",
        [ROWS, st.integers(1, 8), st.integers(1, 4)],
    ),
    (whoever_is_discarded_or_evaluated_again_leaves_no_trace, "DominatedNoveltyArchive", [ROWS, st.data()]),
]
"""With the name of the class and the strategies of the other arguments."""
