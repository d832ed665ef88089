from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evoengine.archives.rows import Rows
from evoengine.archives.statistics import (
    best_now,
    confidence_checked,
    fitness_of,
    lower_bound,
    revised,
    summary,
)
from evoengine.archives.views import ReadOnly
from evoengine.types import Candidate, Evaluation, Known, Verdict


class MemberArchive(ABC):
    """What the archives without cells share: members in places, no two of one digest, and the best of all.

    A candidate that is not ``ok`` is ``rejected``. A copy of a member (equal digest) is a ``duplicate``,
    whatever its fitness, unless its evaluation has more `repeats`: then it is a re-evaluation. That
    replaces the member's evaluation, and the member has to hold its own with it as a newcomer would. The
    verdict is ``improved`` when the member stays and its lower bound has risen, by the gain, and else
    ``rejected``; members that had left for it do not come back.

    Parameters
    ----------
    confidence
        Candidates are compared by `lower_bound` with this z; 0 compares their (mean) fitness.
    """

    def __init__(self, *, confidence: float = 0.0) -> None:
        self.confidence = confidence_checked(confidence)
        self._members: list[Known] = []
        self._places: dict[str, int] = {}
        self._best: Known | None = None

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Judge a candidate.

        Raises `ValueError`, and changes nothing, for an ``ok`` evaluation without a finite fitness or
        without anything else that the archive asks for.
        """
        if not evaluation.ok:
            return Verdict("rejected")
        self._check(evaluation)
        place = self._places.get(candidate.digest)
        if place is None:
            known = Known(candidate, evaluation)
            verdict = self._judge(known)
        elif evaluation.repeats > self._members[place].evaluation.repeats:
            known = revised(self._members[place], evaluation)
            verdict = self._judge_again(place, known)
        else:
            return Verdict("duplicate")
        self._best = best_now(self._best, known, self.confidence, self._members)
        return verdict

    def elites(self) -> Sequence[Known]:
        """Give the members by place, as a live view."""
        return ReadOnly(self._members)

    def best(self) -> Known | None:
        """Give the best candidate ever inserted, the earliest of equals, even after it has left.

        When it is evaluated again and falls, it is the best of what is held and itself.
        """
        return self._best

    def stats(self) -> Mapping[str, float]:
        """Give ``num_elites``, and once there are any, the fitness ``best`` (of `best`) and ``mean`` (of the members)."""
        return summary(self._members, self._best)

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Known]:
        return iter(self._members)

    def _check(self, evaluation: Evaluation) -> None:
        """Raise `ValueError` for an evaluation that cannot be judged."""
        fitness_of(evaluation)

    @abstractmethod
    def _judge(self, known: Known) -> Verdict:
        """Judge a valid candidate of which there is no copy; `_best` is still that before it."""

    @abstractmethod
    def _judge_again(self, place: int, known: Known) -> Verdict:
        """Judge a member with a new evaluation."""

    def _worth(self, known: Known) -> float:
        return lower_bound(known.evaluation, self.confidence)

    def _rise(self, known: Known) -> float:
        """Give by how much a candidate lies above the best so far; 0 for the first."""
        return 0.0 if self._best is None else max(0.0, self._worth(known) - self._worth(self._best))


class RowArchive(MemberArchive):
    """Members with a row of numbers each, who may leave at any time: then the last member takes the place.

    Parameters
    ----------
    width
        Numbers in a row.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self._rows = Rows(width)

    def _add(self, known: Known, row: NDArray[np.float64]) -> None:
        self._places[known.candidate.digest] = len(self._members)
        self._members.append(known)
        self._rows.append(row)

    def _replace(self, place: int, known: Known, row: NDArray[np.float64]) -> None:
        """Put another in a member's place."""
        del self._places[self._members[place].candidate.digest]
        self._places[known.candidate.digest] = place
        self._members[place] = known
        self._rows.view[place] = row

    def _remove(self, place: int) -> None:
        del self._places[self._members[place].candidate.digest]
        last = self._members.pop()
        if place < len(self._members):
            self._members[place] = last
            self._places[last.candidate.digest] = place
        self._rows.remove(place)

    def discard(self, digest: str) -> None:
        """Let the member with this digest go, if there is one; nobody comes in its place."""
        place = self._places.get(digest)
        if place is not None:
            self._remove(place)
            self._settle()

    def _settle(self) -> None:
        """Put right what the standing of members owes to one who has gone without a better one coming."""

    def _remove_all(self, places: Sequence[int]) -> tuple[str, ...]:
        """Let several members go; give their ids, in the order of `places`."""
        ids = tuple(self._members[place].candidate.id for place in places)
        # From the end, so that no place that is yet to come is taken by another.
        for place in sorted(places, reverse=True):
            self._remove(place)
        return ids

    def _judge_again(self, place: int, known: Known) -> Verdict:
        gain = self._worth(known) - self._worth(self._members[place])
        self.discard(known.candidate.digest)
        verdict = self._judge(known)
        if not verdict.accepted:
            return Verdict("rejected", 0.0, verdict.cell, verdict.rank, (known.candidate.id,))
        kind = "improved" if gain > 0.0 else "rejected"
        return Verdict(kind, max(0.0, gain), verdict.cell, verdict.rank, verdict.evicted)
