from collections.abc import Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from evoengine.archives.members import RowArchive
from evoengine.archives.nearest import squared_distances
from evoengine.archives.ranges import Ranges
from evoengine.archives.statistics import fitness_of
from evoengine.problem import Measure
from evoengine.types import Evaluation, Known, Verdict

Floats = NDArray[np.float64]


def _neighbours_checked(k: int) -> int:
    if k < 1:
        raise ValueError(f"the number of neighbours must be at least 1, not {k}")
    return k


class NoveltyArchive(RowArchive):
    """Candidates that are far from one another in the space of the measures, without cells.

    A newcomer's novelty is its mean distance from the `neighbours` nearest members (or all, where there
    are fewer); for the first it is infinite. One that is novel enough enters, without replacing anyone: ``improved``
    when it is the fittest so far, by the gain in fitness, and else ``new``. With local competition, one
    that is not takes the place of the nearest member (of equally near ones, the first by place) if it is fitter: ``improved``, by the gain.
    Lehman and Stanley 2011, "Evolving a diversity of virtual creatures through novelty search and local
    competition", sections 3 and 4, as pyribs's ProximityArchive has it.

    Distances are Euclidean between measures scaled by their ranges; a value outside its range is clipped.

    Parameters
    ----------
    measures
        Numeric, with a range each; bins do not matter.
    neighbours
        At least 1: the k of k-NN.
    threshold
        The least novelty of one that enters, at least 0, in units of the ranges: 1 is the whole range of one measure.
    local_competition
        Whether one that is not novel may replace its nearest neighbour.
    """

    def __init__(
        self,
        measures: Sequence[Measure],
        *,
        neighbours: int = 15,
        threshold: float,
        local_competition: bool = True,
    ) -> None:
        super().__init__(len(measures))
        self._ranges = Ranges(measures)
        if not (isfinite(threshold) and threshold >= 0.0):
            raise ValueError(f"the threshold must be finite and at least 0, not {threshold}")
        self.neighbours = _neighbours_checked(neighbours)
        self.threshold = threshold
        self.local_competition = local_competition

    def novelty(self, evaluation: Evaluation) -> float:
        """Give the mean distance from the nearest members; infinite while there are none."""
        return self._novelty(squared_distances(self._rows.view, self._ranges.scale(evaluation)[0]))

    def local_rank(self, evaluation: Evaluation) -> int:
        """Give the number of the nearest members that are less fit: 0 up to `neighbours`."""
        distances = squared_distances(self._rows.view, self._ranges.scale(evaluation)[0])
        near: list[int] = np.argsort(distances, kind="stable")[: self.neighbours].tolist()
        fitness = fitness_of(evaluation)
        return sum(self._worth(self._members[place]) < fitness for place in near)

    def _check(self, evaluation: Evaluation) -> None:
        super()._check(evaluation)
        self._ranges.scale(evaluation)

    def _judge(self, known: Known) -> Verdict:
        point, _ = self._ranges.scale(known.evaluation)
        distances = squared_distances(self._rows.view, point)
        if self._novelty(distances) >= self.threshold:
            rise = self._rise(known)
            self._add(known, point)
            return Verdict("improved" if rise > 0.0 else "new", rise)
        place = int(distances.argmin())
        nearest = self._members[place]
        gain = self._worth(known) - self._worth(nearest)
        if not self.local_competition or gain <= 0.0:
            return Verdict("rejected")
        self._replace(place, known, point)
        return Verdict("improved", gain, evicted=(nearest.candidate.id,))

    def _novelty(self, distances: Floats) -> float:
        k = min(self.neighbours, len(distances))
        if not k:
            return np.inf
        return float(np.sqrt(np.partition(distances, k - 1)[:k]).sum()) / k


class DominatedNoveltyArchive(RowArchive):
    """At most `capacity` candidates, kept by how far they are from the nearest fitter ones.

    Dominated novelty search (Bahlous-Boldi, Faldor, Grillotti, Janmohamed, Coiffard, Spector and Cully
    2025, "Dominated novelty search: Rethinking local competition in quality-diversity", section 4), one
    candidate at a time: a member's score is its mean distance from the `neighbours` nearest members that
    are strictly fitter (or all of them, where there are fewer), infinite without any. Of a full archive
    and the newcomer, the one of the least score leaves, of equals the newcomer, and else the last by place. A newcomer that leaves at
    once is ``rejected``; one that stays is ``improved`` when it is the fittest so far, by the gain, and
    else ``new``. The fittest never leaves.

    Parameters
    ----------
    measures
        Numeric, with a range each, by which distances are scaled; bins do not matter.
    capacity
        At least 1.
    neighbours
        At least 1; 3 in the paper (recalled, not re-checked).
    """

    def __init__(self, measures: Sequence[Measure], capacity: int, *, neighbours: int = 3) -> None:
        self._ranges = Ranges(measures)
        if capacity < 1:
            raise ValueError(f"the capacity must be at least 1, not {capacity}")
        self.capacity = capacity
        self.neighbours = _neighbours_checked(neighbours)
        # A row has the measures, the worth, and the squared distances of the nearest fitter, infinite for none.
        self._width = len(measures)
        super().__init__(self._width + 1 + neighbours)

    @property
    def scores(self) -> Floats:
        """The score of each member, by place: higher is better, infinite for the fittest; for selection."""
        nearest = self._rows.view[:, self._width + 1 :]
        found = np.isfinite(nearest)
        counts = found.sum(axis=1)
        sums = np.sqrt(np.where(found, nearest, 0.0)).sum(axis=1)
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)

    def _check(self, evaluation: Evaluation) -> None:
        super()._check(evaluation)
        self._ranges.scale(evaluation)

    def _judge(self, known: Known) -> Verdict:
        point, _ = self._ranges.scale(known.evaluation)
        worth = self._worth(known)
        distances = squared_distances(self._rows.view[:, : self._width], point)
        self._offer(np.flatnonzero(self._rows.view[:, self._width] < worth), distances)
        self._add(known, np.concatenate((point, [worth], self._nearest_fitter(distances, worth))))
        evicted: tuple[str, ...] = ()
        if len(self._members) > self.capacity:
            leaver = len(self._members) - 1 - int(np.argmin(self.scores[::-1]))
            if leaver == len(self._members) - 1:
                self.discard(known.candidate.digest)
                return Verdict("rejected")
            evicted = (self._members[leaver].candidate.id,)
            self.discard(self._members[leaver].candidate.digest)
        rise = self._rise(known)
        return Verdict("improved" if rise > 0.0 else "new", rise, evicted=evicted)

    def discard(self, digest: str) -> None:
        """Let the member with this digest go, if there is one; those near to which it was the fitter look anew."""
        place = self._places.get(digest)
        if place is None:
            return
        gone = self._rows.view[place].copy()
        super().discard(digest)
        rows = self._rows.view
        distances = squared_distances(rows[:, : self._width], gone[: self._width])
        bereft = (rows[:, self._width] < gone[self._width]) & (distances <= rows[:, -1])
        for each in np.flatnonzero(bereft):
            own = squared_distances(rows[:, : self._width], rows[each, : self._width])
            rows[each, self._width + 1 :] = self._nearest_fitter(own, rows[each, self._width])

    def _nearest_fitter(self, distances: Floats, worth: float) -> Floats:
        """Give the least of the distances from fitter members, ascending, made up with infinity."""
        fitter = np.sort(distances[self._rows.view[: len(distances), self._width] > worth])
        found = np.full(self.neighbours, np.inf)
        found[: len(fitter)] = fitter[: self.neighbours]
        return found

    def _offer(self, places: NDArray[np.intp], distances: Floats) -> None:
        """Let the members in these places know of one who is fitter, at these distances from all members."""
        nearest = self._rows.view[places, self._width + 1 :]
        joined = np.concatenate((nearest, distances[places, None]), axis=1)
        self._rows.view[places, self._width + 1 :] = np.sort(joined, axis=1)[:, : self.neighbours]
