"""Islands with an account of what each gained lately: where the next proposal is due, and when there are too few."""

from collections.abc import Callable
from dataclasses import dataclass
from heapq import nlargest
from math import inf, log, sqrt

from evoengine.archives.islands import Islands
from evoengine.archives.statistics import fitness_of
from evoengine.ports import Archive
from evoengine.types import Candidate, Evaluation, Verdict

DECAY = 0.9
"""Of signals, rewards and visits, with each candidate of an island."""
SPARSE = 0.015
PAUSE = 30
FOUNDERS = 5
"""When there is a new island, and what it begins with."""


@dataclass(slots=True)
class _Account:
    best: float = -inf
    signal: float = 0.0
    reward: float = 0.0
    recent: float = 0.0
    visits: int = 0
    rises: int = 0

    def visit(self, fitness: float, top: float) -> None:
        """Count a candidate of the island's own; `top` is the best of all islands before it."""
        self.signal *= DECAY
        self.reward *= DECAY
        self.recent = DECAY * self.recent + 1.0
        self.visits += 1
        if fitness > self.best:
            self.reward += _relative(fitness - self.best, max(fitness, top))
            self.rises += 1
            self.rise(fitness)

    def rise(self, fitness: float) -> None:
        """Take in a greater best, whoever brought it."""
        if self.best > -inf:
            self.signal += (1.0 - DECAY) * _relative(fitness - self.best, self.best) ** 2
        self.best = fitness


class GainingIslands(Islands):
    """Islands that keep an account of how much the best of each has risen, and of how often it was visited.

    Cemri et al. 2026, "AdaEvolve", section 3. A rise is relative to the island's best, and at most 1 (ours,
    for a best near 0). With each candidate of the island's own, ``G <- 0.9 G + 0.1 rise ** 2``; migrants
    that raise the best count for G alone. The reward of the bandit is relative to the best of all islands,
    so that a poor island's easy gains do not count for more than they are worth. A seed, which goes to all
    islands, is no visit. Values are the code's.

    Where less than `SPARSE` of all candidates raised the best of their island, the `FOUNDERS` fittest of all, of equals
    the earliest, found another, at least `PAUSE` candidates after the last.

    Parameters
    ----------
    factory, islands, migrate_every, migrants
        As in `Islands`, which are so many at first.
    most
        Islands at most.
    """

    def __init__(
        self,
        factory: Callable[[], Archive],
        islands: int,
        most: int,
        migrate_every: int,
        *,
        migrants: int = 1,
    ) -> None:
        super().__init__(factory, islands, migrate_every=migrate_every, migrants=migrants)
        self._accounts = [_Account() for _ in range(islands)]
        self._top = -inf
        self._most = most
        self._since = 0

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Insert as `Islands` do and settle the accounts, of a failed candidate too; add an island where it is time."""
        verdict = super().insert(candidate, evaluation)
        if candidate.operator != "seed":
            fitness = -inf if evaluation.fitness is None else evaluation.fitness
            self._accounts[candidate.island].visit(fitness, self._top)
        for number, account in enumerate(self._accounts):
            best = self.island(number).best()
            if best is not None and fitness_of(best.evaluation) > account.best:
                account.rise(fitness_of(best.evaluation))
        self._top = max(account.best for account in self._accounts)
        self._since += 1
        if self._since >= PAUSE and self._rate() < SPARSE and self.count < self._most:
            self.add(nlargest(FOUNDERS, self.elites(), key=self._worth))
            self._accounts.append(_Account(self._top))
            self._since = 0
        return verdict

    def due(self) -> int:
        """Give the island with the highest upper confidence bound on its recent reward, of equals the first.

        The bound is ``reward / recent visits + sqrt(2 ln(all visits) / visits)``; an island without visits
        comes before all others.
        """
        everything = sum(account.visits for account in self._accounts)

        def bound(account: _Account) -> float:
            if not account.visits:
                return inf
            return account.reward / account.recent + sqrt(2.0 * log(everything) / account.visits)

        bounds = [bound(account) for account in self._accounts]
        return bounds.index(max(bounds))

    def exploration(self, island: int, low: float, high: float) -> float:
        """Give the probability of exploring: `high` without any gain, nearer to `low` the more there was.

        ``low + (high - low) / (1 + sqrt(G))``.
        """
        return low + (high - low) / (1.0 + sqrt(self._accounts[island].signal))

    def _rate(self) -> float:
        """Give the share of all candidates that raised the best of their island; 1 before there is any."""
        visits = sum(account.visits for account in self._accounts)
        return sum(account.rises for account in self._accounts) / visits if visits else 1.0


def _relative(rise: float, to: float) -> float:
    return min(1.0, rise / abs(to)) if to else 1.0
