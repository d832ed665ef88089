"""Whether a search stalls: folds over what it gains."""

from collections import deque
from math import inf

_KEPT = 0.95
_LEAST = 1e-5


class Pull:
    """How much of all that a search has gained it gains by an evaluation now: 1 at first, towards 0 as it stalls.

    Each evaluation moves it by a twentieth towards the gain as a share of all gained so far; a proposal of n
    evaluations counts as n, each with an nth of its gain. So it neither depends on the scale of the
    fitness nor on any clock. The idea is AdaEvolve's (2026; recalled, not re-checked), whose folded gain
    is squared and not relative.

    Parameters
    ----------
    stall
        The pull below which the search begins to stall, above 0.
    """

    def __init__(self, stall: float) -> None:
        if not stall > 0.0:
            raise ValueError(f"stall must be above 0, not {stall}")
        self._stall = stall
        self._gained, self._pull = 0.0, 1.0

    @property
    def paying(self) -> float:
        """How far greed pays, from 0 to 1; below 1 the search stalls."""
        return min(1.0, self._pull / self._stall)

    def fold(self, gain: float, evaluations: int) -> float:
        """Fold in what a proposal gained, never negative, and the evaluations that it took; give what counts of it.

        A gain of less than `_LEAST` of all gained so far counts as none: whoever learns from gains would
        else learn, once a search has stalled, who is best at the last digits.
        """
        self._gained += gain
        cost = max(1, evaluations)
        rate = gain / self._gained / cost if gain > 0.0 else 0.0
        self._pull = rate + (self._pull - rate) * _KEPT**cost
        return gain if gain >= _LEAST * self._gained else 0.0


class Progress:
    """How often the best of all has risen lately.

    Cemri et al. 2026, "AdaEvolve", section 3: a search is stalled when less than the share `least` of the latest
    `window` candidates raised the best of all.

    Parameters
    ----------
    window
        In candidates, at least 1, or else `ValueError`.
    least
        A share of the window; 0: a search never stalls.
    """

    def __init__(self, window: int, least: float) -> None:
        if window < 1:
            raise ValueError(f"the window must be at least 1, not {window}")
        self._least = least
        self._latest: deque[bool] = deque(maxlen=window)
        self._best = -inf

    @property
    def stalled(self) -> bool:
        """Whether a whole window raised the best too seldom."""
        latest = self._latest
        return len(latest) == latest.maxlen and sum(latest) < self._least * len(latest)

    def tell(self, fitness: float | None) -> None:
        """Fold in the fitness of a candidate, higher is better; None: it failed."""
        fitness = -inf if fitness is None else fitness
        self._latest.append(fitness > self._best)
        self._best = max(self._best, fitness)

    def restart(self) -> None:
        """Begin a new window; the best of all remains."""
        self._latest.clear()
