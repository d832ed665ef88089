"""What must hold for the fronts, against twins that keep everything; each check takes the class to try."""

import numpy as np
import pytest
from hypothesis import strategies as st

from evoengine.problem import Measure, Objective
from evoengine.testing.archives import insert, scored, state
from tests.reference import fronts

COARSE = st.integers(0, 4).map(float)
FINE = st.floats(-100, 100).map(lambda x: round(x, 3))
DIRECTIONS = (Objective("a"), Objective("b", "min"), Objective("c"))

ARGUMENTS = {"ParetoFront": (DIRECTIONS,), "RankedPopulation": (DIRECTIONS, 6), "CaseFront": ("abc",)}


def points(count):
    return st.lists(st.tuples(*[COARSE | FINE] * count), min_size=1, max_size=30)


def with_goals(i, goals, **more):
    values = {
        each.name: -g if each.direction == "min" else g for each, g in zip(DIRECTIONS, goals, strict=False)
    }
    return scored(i, goals[0], objectives=values, **more)


def proposals(archive):
    return sorted(known.candidate.proposal for known in archive)


def a_front_is_mutually_non_dominated_and_dominates_whatever_it_refused(kind, goals):
    archive = kind(DIRECTIONS[: len(goals[0])])
    for i, row in enumerate(goals):
        before = fronts.pareto_front(goals[:i])
        verdict = insert(archive, with_goals(i, row))
        now = fronts.pareto_front(goals[: i + 1])
        assert verdict.accepted == (i in now)
        assert sorted(verdict.evicted) == sorted(f"{gone}-0" for gone in set(before) - set(now))
        assert (verdict.kind == "dominated") == any(fronts.dominates(goals[j], row) for j in before)
        assert proposals(archive) == now


def a_capped_front_holds_what_no_other_of_it_dominates(kind, goals, capacity):
    archive = kind(DIRECTIONS[: len(goals[0])], capacity=capacity)
    for i, row in enumerate(goals):
        held = [goals[k] for k in proposals(archive)]
        verdict = insert(archive, with_goals(i, row))
        assert verdict.accepted or verdict.kind == "rejected" or any(fronts.dominates(h, row) for h in held)
        members = [goals[known.candidate.proposal] for known in archive]
        assert len(members) <= capacity
        assert fronts.pareto_front(members) == list(range(len(members)))
        assert archive.crowding == pytest.approx(fronts.crowding(members), rel=1e-6, abs=1e-6)


def a_ranked_population_sheds_the_most_crowded_of_the_last_rank(kind, goals, capacity):
    archive = kind(DIRECTIONS[: len(goals[0])], capacity)
    for i, row in enumerate(goals):
        before = [known.candidate.proposal for known in archive]
        verdict = insert(archive, with_goals(i, row))
        union = [*before, i]
        ranks = fronts.ranks([goals[k] for k in union])
        assert verdict.rank == ranks[-1]
        left = set(union) - set(proposals(archive))
        assert len(left) == max(0, len(union) - capacity)
        for gone in left:
            last = [k for k, rank in zip(union, ranks, strict=True) if rank == max(ranks)]
            lonely = dict(zip(last, fronts.crowding([goals[k] for k in last]), strict=True))
            assert gone in last
            assert lonely[gone] <= min(lonely.values()) + 1e-6
            assert gone == i or lonely[i if i in last else gone] >= lonely[gone] - 1e-6
        members = [goals[known.candidate.proposal] for known in archive]
        assert archive.ranks.tolist() == fronts.ranks(members)


def the_front_of_cases_is_that_of_all_told(kind, scores):
    cases = [f"case {j}" for j in range(len(scores[0]))]
    archive = kind(cases)
    gains = [0.0]
    for i, row in enumerate(scores):
        before = fronts.case_front(scores[:i]) if i else []
        verdict = insert(archive, scored(i, sum(row), cases=dict(zip(cases, row, strict=True))))
        gains.append(verdict.gain)
        now = fronts.case_front(scores[: i + 1])
        assert verdict.accepted == (i in now)
        assert sorted(verdict.evicted) == sorted(f"{gone}-0" for gone in set(before) - set(now))
        assert proposals(archive) == now
        order = np.argsort([known.candidate.proposal for known in archive])
        assert archive.frequencies[order].tolist() == fronts.frequencies(scores[: i + 1])
        assert archive.scores[order].tolist() == [list(scores[k]) for k in now]
        assert archive.tops.tolist() == [max(column) for column in zip(*scores[: i + 1], strict=True)]
    rise = np.mean(archive.tops) - np.mean(scores[0])
    assert sum(gains) == pytest.approx(rise, rel=1e-9, abs=1e-9)


def a_re_evaluated_member_stands_as_if_what_is_held_had_come_anew(kind, goals, pick, again):
    """Those whom it had driven out do not come back; the ranks and the bits held are right."""
    cases = "abc"

    def known(i, row, **more):
        return with_goals(i, row, text=f"{row}", cases=dict(zip(cases, row, strict=True)), **more)

    archive = kind(*ARGUMENTS[kind.__name__])
    for i, row in enumerate(goals):
        insert(archive, known(i, row))
    members = list(archive)
    member = members[pick % len(members)]
    worth = member.evaluation.fitness
    text = member.candidate.genome["main.py"]
    verdict = insert(
        archive, with_goals(99, again, text=text, cases=dict(zip(cases, again, strict=True)), repeats=3)
    )
    fresh = kind(*ARGUMENTS[kind.__name__])
    for other in members:
        if other is not member:
            insert(fresh, other)
    insert(
        fresh,
        with_goals(
            member.candidate.proposal,
            again,
            text=text,
            cases=dict(zip(cases, again, strict=True)),
            repeats=3,
        ),
    )
    assert proposals(archive) == proposals(fresh)
    stays = member.candidate.id in {each.candidate.id for each in archive}
    assert verdict.kind == ("improved" if stays and again[0] > worth else "rejected")
    assert (member.candidate.id in verdict.evicted) == (not stays)
    assert archive.best().evaluation.fitness >= max(each.evaluation.fitness for each in archive)
    assert state(archive) == state(archive)
    if kind.__name__ == "CaseFront":
        assert sorted(archive.frequencies) == sorted(fresh.frequencies)
    if kind.__name__ == "RankedPopulation":
        held = [each.evaluation.objectives for each in archive]
        rows = [(o["a"], -o["b"], o["c"]) for o in held]
        assert archive.ranks.tolist() == fronts.ranks(rows)


def each_cell_holds_the_front_of_what_fell_into_it(kind, rows):
    """The last number of each is its place on the one axis."""
    archive = kind([Measure("place", -100.0, 100.0, 5)], DIRECTIONS[:2])
    told = []
    for i, row in enumerate(rows):
        known = with_goals(i, row[:2])
        known = scored(i, row[0], {"place": row[2]}, objectives=known.evaluation.objectives)
        verdict = insert(archive, known)
        told.append((verdict.cell, row[:2], i))
        held = []
        for cell in archive.occupied:
            here = [(goals, number) for where, goals, number in told if where == cell]
            front = [here[k][1] for k in fronts.pareto_front([goals for goals, _ in here])]
            assert proposals(archive.front(cell)) == front
            held += front
        assert proposals(archive) == sorted(held)


CHECKS = [
    (
        a_front_is_mutually_non_dominated_and_dominates_whatever_it_refused,
        "ParetoFront",
        [st.integers(1, 3).flatmap(points)],
    ),
    (
        a_capped_front_holds_what_no_other_of_it_dominates,
        "ParetoFront",
        [st.integers(1, 3).flatmap(points), st.integers(1, 6)],
    ),
    (
        a_ranked_population_sheds_the_most_crowded_of_the_last_rank,
        "RankedPopulation",
        [st.integers(1, 3).flatmap(points), st.integers(1, 8)],
    ),
    (the_front_of_cases_is_that_of_all_told, "CaseFront", [st.integers(1, 5).flatmap(points)]),
    (
        a_re_evaluated_member_stands_as_if_what_is_held_had_come_anew,
        "ParetoFront",
        [points(3), st.integers(0, 29), points(3).map(lambda rows: rows[0])],
    ),
    (
        a_re_evaluated_member_stands_as_if_what_is_held_had_come_anew,
        "RankedPopulation",
        [points(3), st.integers(0, 29), points(3).map(lambda rows: rows[0])],
    ),
    (
        a_re_evaluated_member_stands_as_if_what_is_held_had_come_anew,
        "CaseFront",
        [points(3), st.integers(0, 29), points(3).map(lambda rows: rows[0])],
    ),
    (each_cell_holds_the_front_of_what_fell_into_it, "ParetoGrid", [points(3)]),
]
"""With the name of the class and the strategies of the other arguments."""
