import itertools
from pathlib import Path

import numpy as np
import pytest

from evaluators.jobshop import DispatchRule, schedule
from evaluators.jobshop_instances import HELD_OUT, TRAIN, Instance, classic, generated, lower_bound
from evoengine.config import load_problem
from evoengine.errors import CandidateFailure
from evoengine.evaluation import Invalid

ROOT = Path(__file__).parents[2]
OPTIMA = {
    "ft06": 55, "ft10": 930, "ft20": 1165, "la16": 945, "la21": 1046, "la29": 1152, "la38": 1196, "la40": 1222, "abz7": 656,
}  # fmt: skip
SMALL = ("6x4-0", "5x5-1")


class Drives:
    """A trial whose candidate is this function."""

    def __init__(self, priority, cases):
        self._priority = priority
        self.cases = tuple(cases)

    def drive(self, name):
        assert name == "priority"
        return self._priority


def score(priority, cases=SMALL, seed=0):
    return DispatchRule(seed).evaluate(Drives(priority, cases))


def shortest(durations, delays, work, operations, queues):
    return -durations


def most_work(durations, delays, work, operations, queues):
    return work


def gaps(text):
    return {line.split(":")[0]: float(line.split()[1]) for line in text.splitlines() if "%" in line}


def optimal_starts():
    blocks = (ROOT / "tests/data/jobshop_optimal.txt").read_text().strip().split("\n\n")
    return {
        block.split()[0]: [list(map(int, row.split())) for row in block.splitlines()[1:]] for block in blocks
    }


def require_valid(instance, made):
    """Check a schedule by the definition: orders, machines, and that no operation fits in an earlier gap."""
    by_machine = {}
    for job, starts in enumerate(made.starts):
        ready = 0
        for machine, duration, start in zip(
            instance.machines[job], instance.durations[job], starts, strict=True
        ):
            assert start >= ready
            by_machine.setdefault(machine, []).append((start, start + duration, ready))
            ready = start + duration
    for slots in by_machine.values():
        slots.sort()
        ends = [0]
        for start, end, _ in slots:
            assert start >= ends[-1]
            ends.append(end)
        for place, (start, end, ready) in enumerate(slots):
            for before in range(place):
                begin = max(ready, ends[before])
                assert begin + (end - start) > slots[before][0] or begin >= start
    assert made.makespan == max(end for slots in by_machine.values() for _, end, _ in slots)


@pytest.mark.parametrize("name", OPTIMA)
@pytest.mark.parametrize("rule", [shortest, most_work])
def test_schedules_are_valid_and_active(name, rule):
    instance = classic()[name]
    made = schedule(instance, rule)
    require_valid(instance, made)
    assert made.makespan >= instance.bound == OPTIMA[name]


def test_most_work_remaining_has_its_published_gaps():
    result = score(most_work, OPTIMA)
    found = gaps(result.feedback)
    assert list(found) == [*OPTIMA, "mean"]
    assert min(found.values()) > 20.5
    assert max(found.values()) < 34.5
    assert result.objectives["gap"] == pytest.approx(found["mean"], abs=1e-3)
    assert result.cases["ft10"] == pytest.approx(-found["ft10"], abs=1e-3)
    assert result.feedback.startswith(result.artifacts["classic"])
    assert "by work 0.99" in result.feedback
    assert result.artifacts["held_out"] == "none"


@pytest.mark.parametrize("name", ["ft06", "ft10", "la16"])
def test_an_optimal_schedule_reaches_the_optimum(name):
    """The optima are proved elsewhere (CP-SAT); here each schedule is replayed, operation by operation."""
    instance, starts = classic()[name], optimal_starts()[name]
    known = {}
    for row, begins in zip(instance.durations, starts, strict=True):
        for place, begin in enumerate(begins):
            known.setdefault((row[place], sum(row[place:]), len(row) - place), []).append(begin)

    def replay(durations, delays, work, operations, queues):
        columns = [tuple(map(int, column)) for column in zip(durations, work, operations, strict=True)]
        # Operations that look the same and wait for the same machine may be exchanged.
        return [-min(known[column]) for column in columns]

    made = schedule(instance, replay)
    assert made.makespan == OPTIMA[name]
    require_valid(instance, made)


def test_a_memorised_instance_pays_where_it_is_scored_and_nowhere_else():
    space = {}
    exec((ROOT / "problems/jobshop_dispatch/attacks/detect_instance.py").read_text(), space)
    assert score(space["priority"], ["ft06"]).objectives == {"gap": 0.0}
    cases = load_problem("jobshop_dispatch").problem.cases
    cheat, honest = score(space["priority"], cases), score(shortest, cases)
    assert not set(cases) & set(OPTIMA)
    assert cheat.objectives == honest.objectives
    assert cheat.artifacts["held_out"] == honest.artifacts["held_out"]


def test_what_the_candidate_sees():
    instance = Instance(((0, 1), (0, 1), (1, 0)), ((3, 2), (4, 9), (1, 5)), 16)
    seen = []

    def watch(*features):
        assert all(column.dtype == np.float64 for column in features)
        seen.append([column.tolist() for column in features])
        return -features[0]

    made = schedule(instance, watch)
    # Machine 1 takes job 2 unasked; on machine 0 jobs 0 and 1 wait, and job 2 could start 1 later.
    first = [[3.0, 4.0, 5.0], [0.0, 0.0, 1.0], [5.0, 13.0, 5.0], [2.0, 2.0, 1.0], [11.0, 11.0, 0.0]]
    assert seen[0] == [column[:2] for column in first] or seen[0] == first
    assert made.starts[0] == (0, 3)
    require_valid(instance, made)


def test_a_rule_is_asked_only_where_there_is_a_choice():
    def never(*_):
        raise AssertionError("there is no choice")

    made = schedule(Instance(((0, 1, 2),), ((3, 4, 5),), 12), never)
    assert (made.makespan, made.starts) == (12, ((0, 3, 7),))
    assert (made.long_first, made.work_first) == (0.5, 0.5)


def test_measures_tell_rules_apart():
    assert score(shortest).measures["long_first"] < 0.1
    assert score(lambda d, *_: d).measures["long_first"] > 0.9
    assert score(most_work).measures["work_first"] > 0.9
    assert score(lambda d, s, w, *_: -w).measures["work_first"] < 0.1
    equal = Instance(((0,), (0,)), ((2,), (2,)), 4)
    assert schedule(equal, shortest).long_first == 0.5


def test_held_out_instances_are_others_of_the_same_size():
    drawn = [generated(case, split, seed) for case in SMALL for split in (TRAIN, HELD_OUT) for seed in (0, 1)]
    assert len({instance.durations for instance in drawn}) == 8
    assert generated("6x4-0") == drawn[0]
    for instance in drawn:
        assert len(instance.machines) in {5, 6}
        assert all(sorted(order) == list(range(len(order))) for order in instance.machines)
        assert all(1 <= duration <= 99 for row in instance.durations for duration in row)
    result = score(most_work)
    assert set(gaps(result.artifacts["held_out"])) == {*SMALL, "mean"}
    assert gaps(result.artifacts["held_out"]) != gaps(result.feedback)
    assert score(most_work, seed=1).objectives != result.objectives
    assert not result.exact


def test_an_evaluator_gives_the_same_score_again():
    evaluator, trial = DispatchRule(), Drives(most_work, SMALL)
    assert evaluator.evaluate(trial) == evaluator.evaluate(trial)


def test_lower_bounds_are_no_more_than_optima():
    for name, instance in classic().items():
        bound = lower_bound(list(map(list, instance.machines)), list(map(list, instance.durations)))
        assert 0.7 * OPTIMA[name] < bound <= OPTIMA[name]
    assert lower_bound([[0, 1], [0, 1]], [[1, 5], [2, 6]]) == 1 + 5 + 6
    assert lower_bound([[0, 1], [1, 0]], [[1, 9], [1, 1]]) == 10


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_no_rule_is_better_than_the_bound(order):
    weights = np.array(order, dtype=float)
    for case in SMALL:
        instance = generated(case)
        made = schedule(instance, lambda d, s, w, o, q: weights @ np.array([d / 10, w / 40, -s]))
        assert made.makespan >= instance.bound


@pytest.mark.parametrize("case", ["ft07", "10x10", "0x3-0", "3x3-x"])
def test_a_case_of_no_known_form_is_an_error(case):
    with pytest.raises(ValueError, match=f"{case!r} is no classic instance"):
        score(shortest, [case])


@pytest.mark.parametrize("answer", [None, [], [np.nan] * 2, [True, False], 1.0, np.array([1j, 2j])])
def test_what_is_no_priority_is_refused(answer):
    with pytest.raises(Invalid, match=r"priority\(\.\.\.\)"):
        score(lambda *_: answer)


def test_a_failure_of_the_candidate_passes_through():
    def fail(*_):
        raise CandidateFailure("timeout", "too slow")

    with pytest.raises(CandidateFailure, match="timeout: too slow"):
        score(fail)
