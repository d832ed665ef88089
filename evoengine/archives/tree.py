from collections.abc import Mapping
from types import MappingProxyType

from evoengine.archives.members import MemberArchive
from evoengine.types import Candidate, Evaluation, Known, Verdict


class KeepingArchive(MemberArchive):
    """Keeps every valid candidate, in the order told.

    One that is fitter than all before is ``improved``, by the gain; any other is ``new``, with gain 0.
    """

    def _judge(self, known: Known) -> Verdict:
        self._places[known.candidate.digest] = len(self._members)
        self._members.append(known)
        rise = self._rise(known)
        return Verdict("improved" if rise > 0.0 else "new", rise)

    def _judge_again(self, place: int, known: Known) -> Verdict:
        gain = self._worth(known) - self._worth(self._members[place])
        self._members[place] = known
        return Verdict("improved" if gain > 0.0 else "rejected", max(0.0, gain))


class TreeArchive(KeepingArchive):
    """Keeps every valid candidate and counts the valid children of each.

    The archive of the Darwin Gödel Machine (Zhang et al. 2025, "Darwin Gödel Machine: Open-ended evolution
    of self-improving agents", section 3), where a candidate need not be better than any other to be kept:
    it only has to work. Copies of a member are not kept, but each counts as a child. For
    `selection.score_novelty`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._children: dict[str, int] = {}

    @property
    def children(self) -> Mapping[str, int]:
        """The number of valid children by id, as a live view; ids without any are left out."""
        return MappingProxyType(self._children)

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Keep a candidate and count it for each of its parents, unless it is a re-evaluation."""
        known = len(self._members)
        verdict = super().insert(candidate, evaluation)
        if len(self._members) > known or verdict.kind == "duplicate":
            for parent in candidate.parents:
                self._children[parent] = self._children.get(parent, 0) + 1
        return verdict
