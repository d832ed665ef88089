"""The job shop, scheduled by a candidate's dispatch rule: one decision at a time, on instances it never sees."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from evaluators.gates import FloatArray, array
from evaluators.jobshop_instances import HELD_OUT, TRAIN, Instance, classic, generated
from evoengine.evaluation import Score, Trial

_HALF = 0.5
"""The rank of the only one of its kind, or of one among equals."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a rule makes of an instance.

    Parameters
    ----------
    starts
        Of each job, when its operations start.
    makespan
        When the last one is done.
    long_first
        The mean rank of the chosen operation by its duration among those to choose from, 0 the shortest.
    work_first
        The same by the work that is left of the job.
    """

    starts: tuple[tuple[int, ...], ...]
    makespan: int
    long_first: float
    work_first: float


class DispatchRule:
    """Scores a dispatch rule by the length of its schedules beyond a bound; lower is better.

    The candidate's ``priority(durations, delays, work, operations, queues)`` is called for each decision, with five
    arrays that have one entry for each operation that may be the next on a machine:

    - ``durations``: how long the operation takes;
    - ``delays``: how much later than the first of these it could start;
    - ``work``: the durations of all operations left of its job, this one included;
    - ``operations``: how many these are;
    - ``queues``: all the work left for the machine that the job goes to next; 0 if there is none.

    It gives as many finite numbers; the operation with the largest is the next one, the first job among
    equals. Which operations these are is determined as by B. Giffler and G. L. Thompson, "Algorithms for solving
    production-scheduling problems", Operations Research 8, 1960: of all operations that could be next of their
    jobs, take the one that would be done first (the first job among equals), and with it all those on the same
    machine that could start before it is done. The schedules are therefore active. Where there is only one, the
    candidate is not asked.

    The objective ``gap`` is the mean over the cases of makespan over bound, minus 1, in per cent. A case is
    ``JOBSxMACHINES-NUMBER``, which is generated, and its bound a lower bound; or the name of a classic
    instance, and its bound the optimum. A case's score is its negative gap.

    Parameters
    ----------
    seed
        Of all generated instances. The held-out ones come from streams of their own.

    Notes
    -----
    Measures are ``long_first`` and ``work_first``, the mean ranks of the chosen operation by its duration and
    by its job's work left, from 0 (the least) to 1. Every generated case has a held-out twin of the same size;
    the gaps of these are in the artifact ``held_out`` and those of the classic instances, over their
    optima, in ``classic``; neither is anywhere else, so that no search is steered by them.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._classic = classic()
        self._generated: dict[tuple[str, int], Instance] = {}

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for priorities that are not numbers, one an operation."""
        rule = trial.drive("priority")
        instances = {case: self.instance(case) for case in trial.cases}
        schedules = {case: schedule(instance, rule) for case, instance in instances.items()}
        gaps = {case: _gap(instances[case], made) for case, made in schedules.items()}
        unseen = {case: self.instance(case, HELD_OUT) for case in trial.cases if case not in self._classic}
        long_first = fmean(made.long_first for made in schedules.values())
        work_first = fmean(made.work_first for made in schedules.values())
        ranks = f"rank of the chosen operation, 0 the least, by duration {long_first:.2f}, by work {work_first:.2f}"
        return Score(
            objectives={"gap": fmean(gaps.values())},
            measures={"long_first": long_first, "work_first": work_first},
            cases={case: -gap for case, gap in gaps.items()},
            feedback=f"{_describe(gaps)}\n{ranks}",
            artifacts={
                "held_out": _describe(_gaps(unseen, rule)),
                "classic": _describe(_gaps(self._classic, rule)),
            },
        )

    def instance(self, case: str, split: int = TRAIN) -> Instance:
        """Give the instance of a case; a classic one is the same in both splits."""
        if case in self._classic:
            return self._classic[case]
        if (case, split) not in self._generated:
            self._generated[case, split] = generated(case, split, self._seed)
        return self._generated[case, split]


def schedule(instance: Instance, rule: Callable[..., Any]) -> Schedule:
    """Build the active schedule that a rule chooses. Raises `Invalid` for what is no priority."""
    shop = _Shop(instance)
    ranks: list[tuple[float, float]] = []
    for _ in range(sum(map(len, instance.durations))):
        jobs = shop.conflict()
        chosen = jobs[0]
        if len(jobs) > 1:
            features = shop.features(jobs)
            answer = array(rule(*features), "priority(...)", (len(jobs),))
            place = int(np.argmax(answer))
            chosen = jobs[place]
            ranks.append((_rank(features[0], place), _rank(features[2], place)))
        shop.start(chosen)
    long_first, work_first = (
        (fmean(column) for column in zip(*ranks, strict=True)) if ranks else (_HALF, _HALF)
    )
    return Schedule(tuple(map(tuple, shop.starts)), max(shop.job_free), long_first, work_first)


class _Shop:
    """The state of a schedule that is being built."""

    def __init__(self, instance: Instance) -> None:
        self._machines, self._durations = instance.machines, instance.durations
        self.starts: list[list[int]] = [[] for _ in self._durations]
        self.job_free = [0] * len(self._durations)
        self._machine_free = [0] * len(self._durations[0])
        self._work = [sum(row) for row in self._durations]
        self._load = [0] * len(self._durations[0])
        for order, row in zip(self._machines, self._durations, strict=True):
            for machine, duration in zip(order, row, strict=True):
                self._load[machine] += duration
        # Of each job that is not done: the machine, the duration and the earliest start of its next operation.
        self._next = {job: (order[0], self._durations[job][0], 0) for job, order in enumerate(self._machines)}

    def conflict(self) -> list[int]:
        """Give the jobs to choose from, in ascending order."""
        end, first = min((start + duration, job) for job, (_, duration, start) in self._next.items())
        machine = self._next[first][0]
        return [job for job, (at, _, start) in self._next.items() if at == machine and start < end]

    def features(self, jobs: list[int]) -> tuple[FloatArray, ...]:
        """Give what the rule is told of each of these jobs."""
        durations = [self._next[job][1] for job in jobs]
        starts = [self._next[job][2] for job in jobs]
        return (
            np.array(durations, dtype=np.float64),
            np.array(starts, dtype=np.float64) - min(starts),
            np.array([self._work[job] for job in jobs], dtype=np.float64),
            np.array([len(self._durations[job]) - len(self.starts[job]) for job in jobs], dtype=np.float64),
            np.array([self._queue(job) for job in jobs], dtype=np.float64),
        )

    def start(self, job: int) -> None:
        """Start the next operation of a job as early as it can be."""
        machine, duration, start = self._next[job]
        self.starts[job].append(start)
        self.job_free[job] = self._machine_free[machine] = start + duration
        self._work[job] -= duration
        self._load[machine] -= duration
        done = len(self.starts[job])
        if done == len(self._durations[job]):
            del self._next[job]
        else:
            self._next[job] = (self._machines[job][done], self._durations[job][done], 0)
        for other, (at, length, _) in self._next.items():
            if other == job or at == machine:
                self._next[other] = (at, length, max(self.job_free[other], self._machine_free[at]))

    def _queue(self, job: int) -> int:
        following = len(self.starts[job]) + 1
        order = self._machines[job]
        return self._load[order[following]] if following < len(order) else 0


def _rank(values: FloatArray, place: int) -> float:
    """Give the share of the others that are smaller; equals count half."""
    smaller, equal = int((values < values[place]).sum()), int((values == values[place]).sum()) - 1
    return (smaller + _HALF * equal) / (len(values) - 1)


def _gap(instance: Instance, made: Schedule) -> float:
    return 100.0 * (made.makespan / instance.bound - 1.0)


def _gaps(instances: Mapping[str, Instance], rule: Callable[..., Any]) -> dict[str, float]:
    return {case: _gap(instance, schedule(instance, rule)) for case, instance in instances.items()}


def _describe(gaps: Mapping[str, float]) -> str:
    lines = [f"{case}: {gap:.3f} % above the bound" for case, gap in gaps.items()]
    return "\n".join([*lines, f"mean: {fmean(gaps.values()):.3f} %"] if lines else ["none"])
