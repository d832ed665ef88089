"""Bandits over gain per cost, for arms that ask models."""

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from evoengine.types import Usage

UNITS = ("dollars", "tokens", "calls", "evaluations")
"""What cost can be counted in, the most telling first."""


def costs_of(usage: Usage) -> Sequence[float]:
    """Give what a proposal spent in each of `UNITS`; at least one evaluation, so that no pull is free."""
    return usage.dollars, usage.tokens_in + usage.tokens_out, usage.calls, max(1, usage.evaluations)


@dataclass(slots=True)
class _Account:
    """One arm's discounted sums."""

    pulls: float = 0.0
    reward: float = 0.0
    costs: list[float] = field(default_factory=lambda: [0.0] * len(UNITS))


class Bandit(ABC):
    """What both bandits share: the accounts.

    The reward of a positive gain is its rank among the last `WINDOW` positive gains of all arms, in
    (0, 1], so that the scale of the fitness does not matter (Fialho, Schoenauer and Sebag 2010); no gain,
    no reward. The cost of an arm is its mean, with one more pull at the common mean, relative to the
    common mean: an arm whose first call happened to be free is not taken for free. It is counted in the
    first of `UNITS` in which every arm that was tried has spent something: in dollars where all prices
    are known, in tokens where some model is free, in evaluations where some operator asks no model.

    Parameters
    ----------
    names
        Of the arms, all different. Raises `ValueError` without any.
    discount
        In (0, 1], of all sums for each proposal credited: what has gained lately counts more. The
        default remembers as many proposals as `WINDOW` remembers gains.
    """

    WINDOW = 100

    def __init__(self, names: Iterable[str], *, discount: float = 0.99) -> None:
        given = tuple(names)
        self._accounts = {name: _Account() for name in given}
        if not given or len(self._accounts) < len(given):
            raise ValueError("a bandit needs one arm or more, all different")
        if not 0 < discount <= 1:
            raise ValueError(f"the discount must be above 0 and at most 1, not {discount}")
        self.discount = discount
        self._gains: deque[float] = deque(maxlen=self.WINDOW)

    def add(self, name: str) -> None:
        """Take in another arm."""
        self._accounts[name] = _Account()

    def drop(self, name: str) -> None:
        """Forget an arm."""
        del self._accounts[name]

    def credit(self, name: str, gain: float, usage: Usage) -> None:
        """Fold in what one proposal of an arm gained, never negative, and what it spent. Raises `KeyError`."""
        account = self._accounts[name]
        for each in self._accounts.values():
            each.pulls *= self.discount
            each.reward *= self.discount
            each.costs = [self.discount * cost for cost in each.costs]
        if gain > 0:
            self._gains.append(gain)
            account.reward += sum(past <= gain for past in self._gains) / len(self._gains)
        account.pulls += 1
        account.costs = [old + new for old, new in zip(account.costs, costs_of(usage), strict=True)]

    def choose(self, rng: np.random.Generator, able: Iterable[str] | None = None) -> str:
        """Give the arm of the highest index, of those that are `able`; ties are drawn."""
        indices = self.indices(rng)
        candidates = tuple(indices) if able is None else tuple(able)
        top = max(indices[name] for name in candidates)
        best = [name for name in candidates if indices[name] == top]
        return best[int(rng.integers(len(best)))]

    def indices(self, rng: np.random.Generator) -> Mapping[str, float]:
        """Give each arm's index: what it is hoped to gain, per relative cost."""
        costs = self.costs()
        return {name: self._hope(account, rng) / costs[name] for name, account in self._accounts.items()}

    def costs(self) -> Mapping[str, float]:
        """Give each arm's mean cost relative to the common one, above 0."""
        unit = UNITS.index(self.unit)
        spent = {name: account.costs[unit] for name, account in self._accounts.items()}
        pulls = {name: account.pulls for name, account in self._accounts.items()}
        mean = sum(spent.values()) / total if (total := sum(pulls.values())) else 1.0
        return {name: (cost + mean) / (pulls[name] + 1) / mean for name, cost in spent.items()}

    @property
    def unit(self) -> str:
        """What the cost is counted in now."""
        tried = [account for account in self._accounts.values() if account.pulls]
        return next(
            unit
            for number, unit in enumerate(UNITS)
            if unit == UNITS[-1] or (tried and all(account.costs[number] for account in tried))
        )

    def state(self) -> Mapping[str, Mapping[str, float]]:
        """Give, by arm, its discounted proposals and reward, and its relative cost."""
        costs = self.costs()
        return {
            name: {"proposals": account.pulls, "reward": account.reward, "cost": costs[name]}
            for name, account in self._accounts.items()
        }

    @abstractmethod
    def _hope(self, account: _Account, rng: np.random.Generator) -> float:
        """Give what an arm is hoped to gain with its next proposal."""


class UCB1(Bandit):
    r"""The upper confidence bound of the mean reward, over the cost.

    .. math:: (R_i / n_i + \sqrt{c \ln n / n_i}) / c_i

    With c = 2, `exploration`, this is UCB1 (Auer, Cesa-Bianchi and Fischer 2002, "Finite-time analysis
    of the multiarmed bandit problem"), divided by the cost as in fractional KUBE (Tran-Thanh et al. 2012,
    "Knapsack based optimal policies for budget-limited multi-armed bandits", section 4), and with a
    `discount` below 1 the discounted UCB of Garivier and Moulines (2011). An arm without pulls comes first.
    """

    exploration = 2.0

    def _hope(self, account: _Account, rng: np.random.Generator) -> float:  # noqa: ARG002 - Thompson's
        if account.pulls <= 0:
            return math.inf
        total = max(1.0, sum(each.pulls for each in self._accounts.values()))
        return account.reward / account.pulls + math.sqrt(self.exploration * math.log(total) / account.pulls)


class Thompson(Bandit):
    """A draw from the posterior of the mean reward, over the cost.

    The posterior is Beta(1 + R_i, 1 + n_i - R_i): rewards in [0, 1] count as that share of a success
    (Agrawal and Goyal 2012, "Analysis of Thompson sampling for the multi-armed bandit problem", without
    their coin toss, so that the fold draws nothing). Proposals in flight draw apart, where an upper bound
    would send all of them to one arm (Chapelle and Li 2011, "An empirical evaluation of Thompson
    sampling", section 4, on delayed feedback).
    """

    def _hope(self, account: _Account, rng: np.random.Generator) -> float:
        return float(rng.beta(1.0 + account.reward, 1.0 + max(0.0, account.pulls - account.reward)))
