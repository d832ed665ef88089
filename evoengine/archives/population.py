from heapq import heapify, heappush, heapreplace
from typing import Literal

from evoengine.archives.members import MemberArchive
from evoengine.types import Candidate, Known, Verdict

Rule = Literal["worst", "oldest", "slot"]


class PopulationArchive(MemberArchive):
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

    It is ``improved`` when it is fitter than whom it replaces, by the gain, and else ``new``, with gain 0;
    a newcomer stands where the one it replaced stood. That takes O(log capacity) for ``"worst"``, and
    constant time for the other rules. A copy of a member is a ``duplicate`` or a re-evaluation (as in every
    `MemberArchive`), which leaves the member in its place, with its age.

    Parameters
    ----------
    capacity
        At least 1.
    replacement
        One of the three rules.
    confidence
        Candidates are compared by `lower_bound` with this z; 0 compares their (mean) fitness.
    """

    def __init__(self, capacity: int, *, replacement: Rule = "worst", confidence: float = 0.0) -> None:
        super().__init__(confidence=confidence)
        if capacity < 1:
            raise ValueError(f"the capacity must be at least 1, not {capacity}")
        if replacement not in {"worst", "oldest", "slot"}:
            raise ValueError(f"the replacement must be worst, oldest or slot, not {replacement!r}")
        self.capacity = capacity
        self.replacement = replacement
        self._worst: list[tuple[float, int, int]] = []
        """Heap of (worth, -admission, place): the least is the next to leave. Only for "worst"."""
        self._admissions = 0

    def _judge(self, known: Known) -> Verdict:
        if len(self._members) < self.capacity:
            self._members.append(known)
            self._note(known, len(self._members) - 1)
            return Verdict("new")
        place = self._place_of(known.candidate)
        leaver = self._members[place]
        gain = self._worth(known) - self._worth(leaver)
        if self.replacement != "oldest" and gain <= 0.0:
            return Verdict("rejected")
        del self._places[leaver.candidate.digest]
        self._members[place] = known
        self._note(known, place)
        return Verdict("improved" if gain > 0.0 else "new", max(0.0, gain), evicted=(leaver.candidate.id,))

    def _judge_again(self, place: int, known: Known) -> Verdict:
        gain = self._worth(known) - self._worth(self._members[place])
        self._members[place] = known
        if self.replacement == "worst":
            self._worst = [
                (self._worth(known) if each == place else worth, admission, each)
                for worth, admission, each in self._worst
            ]
            heapify(self._worst)
        return Verdict("improved" if gain > 0.0 else "rejected", max(0.0, gain))

    def _place_of(self, candidate: Candidate) -> int:
        if self.replacement == "worst":
            return self._worst[0][2]
        if self.replacement == "oldest":
            # Everyone is admitted in turn, so the places hold their members in order of age, in a circle.
            return self._admissions % self.capacity
        return candidate.proposal % self.capacity

    def _note(self, known: Known, place: int) -> None:
        if self.replacement == "worst":
            entry = (self._worth(known), -self._admissions, place)
            if len(self._worst) < len(self._members):
                heappush(self._worst, entry)
            else:
                heapreplace(self._worst, entry)
        self._admissions += 1
        self._places[known.candidate.digest] = place
