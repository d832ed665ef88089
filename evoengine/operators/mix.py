"""Which operator next, where none asks a model: by what each one gained for the evaluations it cost."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evoengine.types import Usage


@dataclass(slots=True)
class _Account:
    """One operator's discounted sums."""

    reward: float = 0.0
    cost: float = 0.0
    proposals: float = 0.0


class Mix:
    """Choose operators by probability matching on discounted, ranked gain per evaluation.

    The reward of a positive gain is `DECAY` to the power of its rank, the number of greater gains among
    the last `WINDOW` of all operators, so that the scale of the fitness does not matter and great gains
    count for more than frequent ones (Fialho, Schoenauer & Sebag 2010, "Toward comparison-based
    adaptive operator selection"); no gain, no reward. The cost is the
    evaluations spent, at least one, so that failures and empty hands count. Both sums are discounted by
    `discount` per unit of cost spent by any operator. The quality of operator i is its reward R_i per
    cost C_i, shrunk towards the common rate by `PRIOR` units of cost; its share s_i of the evaluations
    matches that (Goldberg 1990; Thierens 2005, "An adaptive pursuit strategy"), and its probability p_i
    of the next proposal follows from what one of its n_i proposals costs, with k the `exponent`::

        q_i = (R_i + PRIOR w_i R / C) / (C_i + PRIOR)    R, C summed over operators
        s_i = floor w_i + (1 - floor) q_i^k / sum(q^k)   w_i where no q is positive
        p_i ~ s_i (n_i + 1) / (C_i + 1)

    The w_i are the `weights` over their sum; in q_i, over their mean.

    Parameters
    ----------
    names
        The operators. Raises `ValueError` without any.
    floor
        The share of the evaluations that is spread evenly, in [0, 1].
    weights
        What is expected of the operators named in it, relative to 1 for every other; above 0.
    discount
        Per unit of cost, in (0, 1].
    exponent
        Above 0: 1 matches, more pursues what is best.
    """

    WINDOW = 100
    DECAY = 0.8
    PRIOR = 20.0

    def __init__(
        self,
        names: Sequence[str],
        *,
        floor: float = 0.2,
        weights: Mapping[str, float] | None = None,
        discount: float = 0.999,
        exponent: float = 1.0,
    ) -> None:
        if not names:
            raise ValueError("a mix needs at least one operator")
        expected = {name: (weights or {}).get(name, 1.0) for name in names}
        self._even = {name: weight / sum(expected.values()) for name, weight in expected.items()}
        self.floor = floor
        self.discount = discount
        self.exponent = exponent
        self._accounts = {name: _Account() for name in names}
        self._gains: deque[float] = deque(maxlen=self.WINDOW)

    def credit(self, name: str, gain: float, usage: Usage) -> None:
        """Fold in what one proposal gained, never negative, and what it spent. Raises `KeyError`."""
        account = self._accounts[name]
        cost = max(1, usage.evaluations)
        fade = self.discount**cost
        for each in self._accounts.values():
            each.reward *= fade
            each.cost *= fade
            each.proposals *= fade
        if gain > 0:
            self._gains.append(gain)
            account.reward += self.DECAY ** sum(past > gain for past in self._gains)
        account.cost += cost
        account.proposals += 1

    def shares(self) -> Mapping[str, float]:
        """Give the share of the evaluations that each operator is due. They sum to 1."""
        accounts = self._accounts.values()
        reward, cost = sum(a.reward for a in accounts), sum(a.cost for a in accounts)
        prior = self.PRIOR * len(self._even) * reward / cost if cost else 0.0
        quality = {
            name: (a.reward + prior * self._even[name]) / (a.cost + self.PRIOR)
            for name, a in self._accounts.items()
        }
        best = max(quality.values())
        if best <= 0:
            return self._even
        merit = {name: (q / best) ** self.exponent for name, q in quality.items()}
        total = sum(merit.values())
        return {
            name: self.floor * self._even[name] + (1 - self.floor) * m / total for name, m in merit.items()
        }

    def probabilities(self) -> Mapping[str, float]:
        """Give each operator's probability of the next proposal. They sum to 1."""
        weights = {
            name: share * (self._accounts[name].proposals + 1) / (self._accounts[name].cost + 1)
            for name, share in self.shares().items()
        }
        total = sum(weights.values())
        return {name: weight / total for name, weight in weights.items()}

    def choose(self, rng: np.random.Generator, able: Iterable[str] | None = None) -> str:
        """Draw an operator, of those that are `able`. Changes nothing but the generator."""
        chances = self.probabilities()
        names = tuple(chances) if able is None else tuple(able)
        weights = np.array([chances[name] for name in names])
        return names[int(rng.choice(len(names), p=weights / weights.sum()))]

    def state(self) -> Mapping[str, Mapping[str, float]]:
        """Give, by operator, its share, its probability and its discounted reward, cost and proposals."""
        shares, chances = self.shares(), self.probabilities()
        return {
            name: {
                "share": shares[name],
                "probability": chances[name],
                "reward": account.reward,
                "cost": account.cost,
                "proposals": account.proposals,
            }
            for name, account in self._accounts.items()
        }
