from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evoengine.archives import dominance
from evoengine.archives.members import RowArchive
from evoengine.archives.rows import Rows
from evoengine.archives.statistics import scores_on
from evoengine.types import Evaluation, Known, Verdict


class CaseFront(RowArchive):
    """The candidates that are the best on some case, without those that another dominates over all cases.

    The front of GEPA (Agrawal et al. 2025, "GEPA: Reflective prompt evolution can outperform reinforcement
    learning", algorithm 2), kept up incrementally; for `selection.frontier_frequency` and
    `selection.lexicase`. Candidates that share the best score of a case all hold it. One that is
    nowhere the best, or that a member dominates, is ``dominated``; one that equals a member on every case
    is ``rejected``. One that enters is ``improved`` when it raises the best score of a case, by the gain
    in the mean over the cases of their best scores, and else (as the first of all) ``new``. Members that hold nothing any more, or that it
    dominates, leave.

    Parameters
    ----------
    cases
        One or more, all different; every valid candidate must have a finite score on each, higher is better.
    """

    def __init__(self, cases: Sequence[str]) -> None:
        if not cases or len(set(cases)) < len(cases):
            raise ValueError("the cases must be one or more, all different")
        super().__init__(len(cases))
        self.cases = tuple(cases)
        self._tops = np.full(len(cases), -np.inf)
        self._checked = self._tops
        """The scores of the evaluation that was checked last, which is the one that is judged."""
        self._held = Rows(-(-len(cases) // 64), np.uint64)
        """For each member, a bit for each case that it holds."""

    @property
    def scores(self) -> NDArray[np.float64]:
        """The members' scores, shape ``(members, cases)``, by place; valid until the next insert."""
        return self._rows.view

    @property
    def frequencies(self) -> NDArray[np.integer]:
        """The number of cases that each member holds, by place, at least 1."""
        return np.bitwise_count(self._held.view).sum(axis=1, dtype=np.int64)

    @property
    def tops(self) -> NDArray[np.float64]:
        """The best score of each case, shape ``(cases,)``; minus infinity while there is no member."""
        return self._tops.copy()

    def _check(self, evaluation: Evaluation) -> None:
        super()._check(evaluation)
        self._checked = scores_on(evaluation, self.cases)

    def _judge(self, known: Known) -> Verdict:
        scores = self._checked
        holds, raises = self._pack(scores >= self._tops), scores > self._tops
        if not holds.any():
            return Verdict("dominated")
        raised = bool(raises.any())
        if not raised:
            # Only who holds all that it would hold can dominate it.
            rivals = self._rows.view[~(holds & ~self._held.view).any(axis=1)]
            over = rivals[dominance.covering(rivals, scores)]
            if len(over):
                return Verdict("dominated" if (over > scores).any() else "rejected")
        gain = (
            float(np.mean(np.maximum(scores / 2.0 - self._tops / 2.0, 0.0))) * 2.0 if self._members else 0.0
        )
        self._tops[raises] = scores[raises]
        self._held.view[:] &= ~self._pack(raises)
        evicted = self._remove_all(self._leavers(scores, holds))
        self._add(known, scores)
        self._held.append(holds)
        return Verdict("improved" if raised and gain else "new", gain, evicted=evicted)

    def _leavers(self, scores: NDArray[np.float64], holds: NDArray[np.uint64]) -> list[int]:
        held = self._held.view
        within = np.flatnonzero(~(held & ~holds).any(axis=1))
        leave = dominance.covered(self._rows.view[within], scores) | ~held[within].any(axis=1)
        return within[leave].tolist()

    def _remove(self, place: int) -> None:
        super()._remove(place)
        self._held.remove(place)

    def _settle(self) -> None:
        self._tops = self._rows.view.max(axis=0, initial=-np.inf)
        for held, scores in zip(self._held.view, self._rows.view, strict=True):
            held[:] = self._pack(scores >= self._tops)

    def _pack(self, cases: NDArray[np.bool_]) -> NDArray[np.uint64]:
        bits = np.packbits(cases)
        packed = np.zeros(-(-len(bits) // 8) * 8, np.uint8)
        packed[: len(bits)] = bits
        return packed.view(np.uint64)
