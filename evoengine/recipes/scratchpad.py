"""Notes that a model keeps on the search, for the prompts of a recipe."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from evoengine.types import Candidate, Job, Known, View

MOST_ROWS = 40
"""So many of the latest candidates are summarised at most."""


class Scratchpad:
    """When notes are written, on what, and which ones hold: a fold over told candidates.

    A proposal of the operator `Summarise` writes them: they are the notes of its candidate, and jobs
    name that candidate. So the log holds them once, and a resumed proposal sees what it saw before.

    Parameters
    ----------
    every
        In proposals; 0: never.
    """

    def __init__(self, every: int) -> None:
        if every < 0:
            raise ValueError(f"notes must be written every so many proposals, or 0 for never, not {every}")
        self._every = every
        self._latest: deque[str] = deque(maxlen=min(every, MOST_ROWS))
        self._notes: str | None = None

    @property
    def args(self) -> Mapping[str, Any]:
        """What a job carries so that its prompt shows the notes that hold now."""
        return {} if self._notes is None else {"notes": self._notes}

    def due(self, view: View) -> bool:
        """Say whether the proposal asked for is to write notes."""
        return self._every > 0 and view.proposal % self._every == self._every - 1

    def job(self, view: View, parent: Known, island: int = 0) -> Job:
        """Give the job that writes notes on the latest candidates and varies the parent by them."""
        return Job(
            view.proposal,
            "summarise",
            (parent.candidate.id,),
            tuple(self._latest),
            island=island,
            args=self.args,
        )

    def tell(self, candidate: Candidate) -> None:
        """Fold in a told candidate, and its notes if it was made to write them."""
        self._latest.append(candidate.id)
        if candidate.operator == "summarise":
            self._notes = candidate.id
