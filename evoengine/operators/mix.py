"""Which operator next: a bandit over what each one gained for what it cost."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(slots=True)
class _Account:
    reward: float = 0.0
    cost: float = 0.0
    proposals: int = 0


class Mix:
    """Choose operators by probability matching on discounted, ranked gain per evaluation.

    The reward of a positive gain is its rank among the last `WINDOW` positive gains of all operators,
    in (0, 1], so that the scale of the fitness does not matter (Fialho, Schoenauer & Sebag 2010,
    "Toward comparison-based adaptive operator selection"); no gain, no reward. The cost is the
    evaluations spent, at least one, so that failures and empty hands count. Both sums are discounted by
    `discount` per unit of cost spent by any operator. The quality of operator i is its reward R_i per
    cost C_i, shrunk towards the common rate by `PRIOR` units of cost::

        q_i = (R_i + PRIOR * R / C) / (C_i + PRIOR)        R, C summed over operators

    and it is chosen with probability (Goldberg 1990; Thierens 2005, "An adaptive pursuit strategy")::

        p_i = floor / K + (1 - floor) * q_i / sum(q)       K operators; 1 / K where no q is positive

    Parameters
    ----------
    names
        The operators. Raises `ValueError` without any.
    floor
        The share of proposals that is spread evenly, in [0, 1].
    discount
        Per unit of cost, in (0, 1].
    """

    WINDOW = 100
    PRIOR = 20.0

    def __init__(self, names: Sequence[str], *, floor: float = 0.2, discount: float = 0.999) -> None:
        if not names:
            raise ValueError("a mix needs at least one operator")
        self.floor = floor
        self.discount = discount
        self._accounts = {name: _Account() for name in names}
        self._gains: deque[float] = deque(maxlen=self.WINDOW)

    @property
    def names(self) -> tuple[str, ...]:
        """The operators."""
        return tuple(self._accounts)

    def credit(self, operator: str, gain: float, evaluations: int) -> None:
        """Fold in what one proposal gained, never negative, and what it spent. Raises `KeyError`."""
        account = self._accounts[operator]
        cost = max(1, evaluations)
        fade = self.discount**cost
        for other in self._accounts.values():
            other.reward *= fade
            other.cost *= fade
        if gain > 0:
            self._gains.append(gain)
            account.reward += sum(past <= gain for past in self._gains) / len(self._gains)
        account.cost += cost
        account.proposals += 1

    def probabilities(self) -> Mapping[str, float]:
        """Give each operator's probability of being chosen. They sum to 1."""
        accounts = self._accounts.values()
        rate = sum(a.reward for a in accounts) / max(1.0, sum(a.cost for a in accounts))
        quality = {
            name: (a.reward + self.PRIOR * rate) / (a.cost + self.PRIOR) for name, a in self._accounts.items()
        }
        total, even = sum(quality.values()), 1 / len(quality)
        if total <= 0:
            return dict.fromkeys(quality, even)
        return {name: self.floor * even + (1 - self.floor) * q / total for name, q in quality.items()}

    def choose(self, rng: np.random.Generator) -> str:
        """Draw an operator. Changes nothing but the generator."""
        chances = self.probabilities()
        return self.names[int(rng.choice(len(chances), p=list(chances.values())))]

    def state(self) -> Mapping[str, Mapping[str, float]]:
        """Give, by operator, the probability, the discounted reward and cost, and the proposals so far."""
        return {
            name: {
                "probability": chance,
                "reward": self._accounts[name].reward,
                "cost": self._accounts[name].cost,
                "proposals": self._accounts[name].proposals,
            }
            for name, chance in self.probabilities().items()
        }
