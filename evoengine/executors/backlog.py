"""Which tasks wait, and how many of them go to a machine at once."""

import asyncio
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from evoengine.ports import Ask
from evoengine.types import Evaluation

LEAST, MOST = 8, 64
"""The sizes of a batch of short evaluations."""
BATCH_SECONDS = 0.1
"""What a batch should take: many times its way there and back, and little to lose."""
LONG_SECONDS = 0.05
"""An evaluation that takes longer on average is a batch of its own."""
_WEIGHT = 0.1
"""Of the latest batch in the average."""

KILLS = 2
"""So many worker processes may a candidate take with it."""
TRIES = 5
"""So often is a task begun at most, whatever ended the tries."""


@dataclass(slots=True, eq=False)
class Job:
    """A task on its way: its message, who answers what it asks, and its outcome."""

    key: int
    message: bytes
    ask: Ask | None
    outcome: asyncio.Future[Evaluation]
    kills: int = 0
    tries: int = 0

    @property
    def suspect(self) -> bool:
        """Whether a worker was lost with it: it is run alone from then on, so that no other is blamed."""
        return self.kills > 0

    @property
    def guilty(self) -> bool:
        """Whether it is not to be tried again."""
        return self.kills >= KILLS or self.tries >= TRIES


class Backlog:
    """The jobs that wait, first in, first out, and the size of a batch, which follows what evaluations take."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._suspects: deque[Job] = deque()
        self._mean: float | None = None

    def __len__(self) -> int:
        return len(self._jobs) + len(self._suspects)

    @property
    def size(self) -> int:
        """The size of a batch: 1 for long evaluations and before any is known, else from 8 to 64."""
        if self._mean is None or self._mean > LONG_SECONDS:
            return 1
        return min(MOST, max(LEAST, int(BATCH_SECONDS / max(self._mean, 1e-6))))

    @property
    def full(self) -> bool:
        """Whether a whole batch of short evaluations waits, and nothing that must run alone."""
        return not self._suspects and len(self._jobs) >= self.size > 1

    def took(self, count: int, seconds: float) -> None:
        """Note what a batch took."""
        if count:
            mean = seconds / count
            self._mean = mean if self._mean is None else (1 - _WEIGHT) * self._mean + _WEIGHT * mean

    def put(self, job: Job) -> None:
        """Add a job as the last one."""
        self._jobs.append(job)

    def put_back(self, jobs: Sequence[Job]) -> None:
        """Have jobs that were begun or not, be next."""
        for job in reversed(jobs):
            (self._suspects if job.suspect else self._jobs).appendleft(job)

    def take(self, workers: int) -> list[Job]:
        """Give the next batch: a suspect alone, or a fair share of what waits for so many workers.

        Jobs that nobody waits for any more are left out.
        """
        while self._suspects:
            if not (job := self._suspects.popleft()).outcome.done():
                return [job]
        share = min(self.size, math.ceil(len(self._jobs) / max(workers, 1)))
        batch: list[Job] = []
        while self._jobs and len(batch) < share:
            if not (job := self._jobs.popleft()).outcome.done():
                batch.append(job)
        return batch
