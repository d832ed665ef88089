"""Candidates that differ in their numbers alone: what is known of how numbers matter."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from heapq import heappush, heappushpop

from evoengine.text.forms import form
from evoengine.types import Candidate, Evaluation, Known

HALF = 32
"""So many of the best and so many of the latest of a form are remembered."""

FORMS = 256
"""So many forms are remembered, those that were told of last."""


@dataclass(slots=True)
class _Form:
    best: list[tuple[float, int, str]] = field(default_factory=list[tuple[float, int, str]])
    latest: deque[str] = field(default_factory=lambda: deque[str](maxlen=HALF))

    def add(self, candidate: Candidate, evaluation: Evaluation) -> None:
        self.latest.append(candidate.id)
        if evaluation.fitness is not None:
            entry = (evaluation.fitness, -candidate.proposal, candidate.id)
            (heappush if len(self.best) < HALF else heappushpop)(self.best, entry)

    def born(self) -> "_Form":
        return _Form(list(self.best), self.latest.copy())


class Kin:
    """By `form`, its best and its latest candidates: a fold over the log.

    A form begins with what is known of the form of its first candidate's first parent: most numbers of a program
    mean the same after a change of its structure.
    """

    def __init__(self) -> None:
        self._forms: OrderedDict[bytes, _Form] = OrderedDict()
        self._form_of: OrderedDict[str, bytes] = OrderedDict()

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> None:
        """Fold in a told candidate."""
        key = form(candidate.genome)
        if key not in self._forms:
            parent = self._forms.get(self._form_of.get(next(iter(candidate.parents), ""), b""))
            self._forms[key] = parent.born() if parent else _Form()
        self._forms[key].add(candidate, evaluation)
        self._forms.move_to_end(key)
        self._form_of[candidate.id] = key
        if len(self._forms) > FORMS:
            self._forms.popitem(last=False)
        if len(self._form_of) > FORMS * HALF:
            self._form_of.popitem(last=False)

    def of(self, known: Known) -> tuple[str, ...]:
        """Give the ids of the kin of a candidate, itself left out, in a fixed order; none where its form is forgotten."""
        found = self._forms.get(form(known.candidate.genome))
        if found is None:
            return ()
        ids = dict.fromkeys((*(entry[2] for entry in sorted(found.best, reverse=True)), *found.latest))
        return tuple(each for each in ids if each != known.candidate.id)
