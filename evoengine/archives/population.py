from collections.abc import Iterator, Mapping, Sequence
from heapq import heappush, heapreplace
from typing import Literal

from evoengine.archives.statistics import fitness_of, summary
from evoengine.archives.views import ReadOnly
from evoengine.types import Candidate, Evaluation, Known, Verdict


class PopulationArchive:
    """At most `capacity` candidates without cells.

    While there is room, everyone valid is admitted. In a full population the newcomer takes the place of
    another, or is rejected, and `replacement` says whose:

    ``"worst"``
        The least fit member's, of equals the latest admitted, if the newcomer is fitter: truncation of
        parents and offspring, as in (mu + lambda). Inserting N offspring one by one leaves the best of
        all, as truncating them at once would.
    ``"oldest"``
        The longest held member's, always: ageing (Real et al. 2019, "Regularized evolution for image
        classifier architecture search", algorithm 1).
    ``"slot"``
        That of the member in place ``proposal % capacity``, if the newcomer is fitter: one-to-one
        survival, as in differential evolution (Storn and Price 1997, section 3), where proposal k aims
        at member k modulo the capacity.

    A candidate whose digest a member has is a ``duplicate``, whatever its fitness.

    Parameters
    ----------
    capacity
        At least 1.
    replacement
        One of the three rules.
    """

    def __init__(self, capacity: int, *, replacement: Literal["worst", "oldest", "slot"] = "worst") -> None:
        if capacity < 1:
            raise ValueError(f"the capacity must be at least 1, not {capacity}")
        if replacement not in {"worst", "oldest", "slot"}:
            raise ValueError(f"the replacement must be worst, oldest or slot, not {replacement!r}")
        self.capacity = capacity
        self.replacement = replacement
        self._members: list[Known] = []
        self._digests: set[str] = set()
        self._worst: list[tuple[float, int, int]] = []
        """Heap of (fitness, -admission, place): the least is the next to leave. Only for "worst"."""
        self._admissions = 0
        self._best: Known | None = None

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Judge a candidate; O(log capacity) for ``"worst"``, constant for the other rules.

        It is ``improved`` when it is fitter than whom it replaces, by the gain, and else ``new``, with
        gain 0. Raises `ValueError`, and changes nothing, for an ``ok`` evaluation without a finite fitness.
        """
        if not evaluation.ok:
            return Verdict("rejected")
        fitness = fitness_of(evaluation)
        if candidate.digest in self._digests:
            return Verdict("duplicate")
        known = Known(candidate, evaluation)
        if len(self._members) < self.capacity:
            self._note(known, fitness, len(self._members))
            self._members.append(known)
            return Verdict("new")
        place = self._place_of(candidate)
        leaver = self._members[place]
        gain = fitness - fitness_of(leaver.evaluation)
        if self.replacement != "oldest" and gain <= 0.0:
            return Verdict("rejected")
        self._digests.remove(leaver.candidate.digest)
        self._note(known, fitness, place)
        self._members[place] = known
        return Verdict("improved" if gain > 0.0 else "new", max(0.0, gain), evicted=(leaver.candidate.id,))

    def elites(self) -> Sequence[Known]:
        """Give the members by place, as a live view: a newcomer stands where the one it replaced stood."""
        return ReadOnly(self._members)

    def best(self) -> Known | None:
        """Give the fittest candidate ever admitted, the earliest of equals, even after it has left."""
        return self._best

    def stats(self) -> Mapping[str, float]:
        """Give ``num_elites``, and once there are any, ``best`` (ever admitted) and ``mean`` (of the members)."""
        figures = summary(self._members)
        if self._best is not None:
            figures["best"] = fitness_of(self._best.evaluation)
        return figures

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Known]:
        return iter(self._members)

    def _place_of(self, candidate: Candidate) -> int:
        if self.replacement == "worst":
            return self._worst[0][2]
        if self.replacement == "oldest":
            # Everyone is admitted in turn, so the places hold their members in order of age, in a circle.
            return self._admissions % self.capacity
        return candidate.proposal % self.capacity

    def _note(self, known: Known, fitness: float, place: int) -> None:
        if self.replacement == "worst":
            entry = (fitness, -self._admissions, place)
            if place < len(self._members):
                heapreplace(self._worst, entry)
            else:
                heappush(self._worst, entry)
        self._admissions += 1
        self._digests.add(known.candidate.digest)
        if self._best is None or fitness > fitness_of(self._best.evaluation):
            self._best = known
