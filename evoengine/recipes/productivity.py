"""What each island gained lately, and what follows from that: the adaptation of AdaEvolve."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import inf, log, sqrt

from evoengine.archives import Islands
from evoengine.archives.statistics import fitness_of
from evoengine.types import Candidate, Evaluation, Known

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


class Productivity:
    """An account of every island: how much its best has risen, and how often it was visited. A fold.

    Cemri et al. 2026, "AdaEvolve", section 3. A rise is relative to the island's best, and at most 1 (ours,
    for a best near 0). With each candidate of the island's own, ``G <- 0.9 G + 0.1 rise ** 2``; migrants
    that raise the best count for G alone. The reward of the bandit is relative to the best of all islands,
    so that a poor island's easy gains do not count for more than they are worth. Values are the code's.

    Parameters
    ----------
    islands
        What candidates are inserted into, before they are told here.
    most
        Islands at most. Where less than `SPARSE` of all candidates raised the best of their island, the
        `FOUNDERS` fittest of all found another, at least `PAUSE` candidates after the last.
    window, least
        The search is stalled when less than the share `least` of the latest `window` candidates raised the
        best of all. A candidate of the operator ``strategise`` begins a new window.

    Attributes
    ----------
    tried
        The ids of the latest 10 candidates of ``strategise``, whose notes are the strategies tried.
    """

    def __init__(self, islands: Islands, most: int, window: int, least: float) -> None:
        if window < 1:
            raise ValueError(f"the window must be at least 1, not {window}")
        self._islands = islands
        self._accounts = [_Account() for _ in range(islands.count)]
        self._latest: deque[bool] = deque(maxlen=window)
        self._least = least
        self.tried: deque[str] = deque(maxlen=10)
        self._best = -inf
        self._most = most
        self._since = 0

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> None:
        """Fold in a candidate; found another island where it is time."""
        if candidate.operator != "seed":
            fitness = -inf if evaluation.fitness is None else evaluation.fitness
            self._visit(self._accounts[candidate.island], fitness)
            self._latest.append(fitness > self._best)
        if candidate.operator == "strategise":
            self._latest.clear()
            self.tried.append(candidate.id)
        for number, account in enumerate(self._accounts):
            best = self._islands.island(number).best()
            if best is not None and fitness_of(best.evaluation) > account.best:
                _rise(account, fitness_of(best.evaluation))
        self._best = max(account.best for account in self._accounts)
        self._since += 1
        if self._since >= PAUSE and self._rate() < SPARSE and self._islands.count < self._most:
            founders = fittest(self._islands.elites(), FOUNDERS)
            self._islands.add(founders)
            self._accounts.append(_Account(self._best))
            self._since = 0

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
        """Give the probability of exploring: `high` without any gain, nearer to `low` the more there was."""
        return low + (high - low) / (1.0 + sqrt(self._accounts[island].signal))

    def _rate(self) -> float:
        """Give the share of all candidates that raised the best of their island; 1 before there is any."""
        visits = sum(account.visits for account in self._accounts)
        return sum(account.rises for account in self._accounts) / visits if visits else 1.0

    @property
    def stalled(self) -> bool:
        """Whether a whole window raised the best of all too seldom."""
        latest = self._latest
        return len(latest) == latest.maxlen and sum(latest) < self._least * len(latest)

    def _visit(self, account: _Account, fitness: float) -> None:
        account.signal *= DECAY
        account.reward *= DECAY
        account.recent = DECAY * account.recent + 1.0
        account.visits += 1
        if fitness > account.best:
            account.reward += _relative(fitness - account.best, max(fitness, self._best))
            account.rises += 1
            _rise(account, fitness)


def fittest(elites: Sequence[Known], count: int) -> list[Known]:
    """Give so many of the fittest, of equals the earliest."""
    return nlargest(count, elites, key=lambda known: fitness_of(known.evaluation))


def _rise(account: _Account, fitness: float) -> None:
    if account.best > -inf:
        account.signal += (1.0 - DECAY) * _relative(fitness - account.best, account.best) ** 2
    account.best = fitness


def _relative(rise: float, to: float) -> float:
    return min(1.0, rise / abs(to)) if to else 1.0
