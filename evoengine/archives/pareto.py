from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evoengine.archives import dominance
from evoengine.archives.members import RowArchive
from evoengine.archives.statistics import goals_of
from evoengine.problem import Objective
from evoengine.types import Evaluation, Known, Verdict


def objectives_checked(objectives: Sequence[Objective]) -> tuple[Objective, ...]:
    """Give them back. Raises `ValueError` unless they are one or more, with different names."""
    if not objectives or len({objective.name for objective in objectives}) < len(objectives):
        raise ValueError("the objectives must be one or more, with different names")
    return tuple(objectives)


class ParetoFront(RowArchive):
    """The candidates that no other dominates, each objective in its own direction.

    A newcomer that a member dominates is ``dominated``, and one that equals a member in every objective
    ``rejected``. Any other enters, and the members that it dominates leave. It is ``improved`` when there
    are any or when it is the fittest so far, by the gain in fitness, and else ``new``.

    Parameters
    ----------
    objectives
        Which every valid candidate must have, finite.
    capacity
        How many members there may be; when there are more, the one of the least crowding distance
        (NSGA-II, see `dominance.crowding`) leaves, the newcomer before others. 0: any number.
    """

    def __init__(self, objectives: Sequence[Objective], *, capacity: int = 0) -> None:
        self.objectives = objectives_checked(objectives)
        if capacity < 0:
            raise ValueError(f"the capacity must be at least 1, or 0 for none, not {capacity}")
        super().__init__(len(self.objectives))
        self.capacity = capacity

    @property
    def crowding(self) -> NDArray[np.float64]:
        """The crowding distance of each member, by place; greater is lonelier."""
        return dominance.crowding(self._rows.view)

    def _check(self, evaluation: Evaluation) -> None:
        super()._check(evaluation)
        goals_of(evaluation, self.objectives)

    def _judge(self, known: Known) -> Verdict:
        goals = goals_of(known.evaluation, self.objectives)
        points = self._rows.view
        over = points[dominance.covering(points, goals)]
        if len(over):
            return Verdict("dominated" if (over > goals).any() else "rejected")
        evicted = self._remove_all(np.flatnonzero(dominance.covered(points, goals)).tolist())
        rise = self._rise(known)
        kind = "improved" if evicted or rise > 0.0 else "new"
        self._add(known, goals)
        if 0 < self.capacity < len(self._members):
            leaver = dominance.most_crowded(self._rows.view)
            if leaver == len(self._members) - 1:
                self._remove(leaver)
                return Verdict("rejected")
            evicted = self._remove_all([leaver])
        return Verdict(kind, rise, rank=0, evicted=evicted)


class RankedPopulation(RowArchive):
    """At most `capacity` candidates, kept by non-domination rank and then by crowding distance.

    The survival of NSGA-II (Deb, Pratap, Agarwal and Meyarivan 2002, "A fast and elitist multiobjective
    genetic algorithm: NSGA-II", section III-C), one candidate at a time: of a full population and the
    newcomer, the most crowded of the last rank leaves, the newcomer before others. A newcomer that leaves at once is
    ``dominated``, or ``rejected`` if nothing dominates it; one that stays is ``improved`` when it is the
    fittest so far, by the gain in fitness, and else ``new``. The verdict's `rank` is the newcomer's, from 0.

    Parameters
    ----------
    objectives
        Which every valid candidate must have, finite.
    capacity
        At least 1.
    """

    def __init__(self, objectives: Sequence[Objective], capacity: int) -> None:
        self.objectives = objectives_checked(objectives)
        if capacity < 1:
            raise ValueError(f"the capacity must be at least 1, not {capacity}")
        # The last number of a row is the rank.
        super().__init__(len(self.objectives) + 1)
        self.capacity = capacity

    @property
    def ranks(self) -> NDArray[np.intp]:
        """The non-domination rank of each member, by place, from 0, the best."""
        return self._rows.view[:, -1].astype(np.intp)

    @property
    def crowding(self) -> NDArray[np.float64]:
        """The crowding distance of each member within its rank, by place; greater is lonelier."""
        found = np.zeros(len(self._members))
        ranks = self.ranks
        for rank in range(int(ranks.max(initial=-1)) + 1):
            of_rank = ranks == rank
            found[of_rank] = dominance.crowding(self._rows.view[of_rank, :-1])
        return found

    def _check(self, evaluation: Evaluation) -> None:
        super()._check(evaluation)
        goals_of(evaluation, self.objectives)

    def _judge(self, known: Known) -> Verdict:
        goals = goals_of(known.evaluation, self.objectives)
        points, ranks = self._rows.view[:, :-1], self._rows.view[:, -1]
        over = dominance.covering(points, goals) & (points > goals).any(axis=1)
        rank = int(ranks[over].max(initial=-1.0)) + 1
        self._add(known, np.append(goals, rank))
        self._push_down(rank)
        evicted: tuple[str, ...] = ()
        if len(self._members) > self.capacity:
            last = np.flatnonzero(self.ranks == self.ranks.max())
            leaver = int(last[dominance.most_crowded(self._rows.view[last, :-1])])
            if leaver == len(self._members) - 1:
                self._remove(leaver)
                return Verdict("dominated" if rank else "rejected", rank=rank)
            evicted = self._remove_all([leaver])
        rise = self._rise(known)
        return Verdict("improved" if rise > 0.0 else "new", rise, rank=rank, evicted=evicted)

    def _push_down(self, rank: int) -> None:
        """Move on by one rank whoever the last member dominates in its rank, and so on down the ranks."""
        points, ranks = self._rows.view[:, :-1], self._rows.view[:, -1]
        moving = np.array([len(points) - 1])
        while len(moving):
            there = np.flatnonzero(ranks == rank)
            moving = there[dominance.dominated_by_any(points[there], points[moving])]
            rank += 1
            ranks[moving] = rank

    def _settle(self) -> None:
        self._rows.view[:, -1] = dominance.ranks(self._rows.view[:, :-1])
