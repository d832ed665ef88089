"""Which operator, with which model, at which temperature: bandits over gain per cost.

The state is folded from told and abandoned proposals by `credit`; `choose` changes nothing. A job's
operator is the arm's name, so that its candidates can be credited; its `args` are the arm's `hints`.
"""

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, TypeAlias

import numpy as np

from evoengine.types import Usage

CostUnit: TypeAlias = Literal["dollars", "tokens", "calls"]


@dataclass(frozen=True, slots=True)
class Arm:
    """An operator with a model and a temperature; what is left empty or None is the pool's choice."""

    operator: str
    model: str = ""
    temperature: float | None = None

    @property
    def name(self) -> str:
        """What its proposals are credited under, such as ``rewrite(small, 0.7)``."""
        degrees = "" if self.temperature is None else f"{self.temperature:g}"
        given = ", ".join(part for part in (self.model, degrees) if part)
        return f"{self.operator}({given})" if given else self.operator

    @property
    def hints(self) -> Mapping[str, Any]:
        """What a job of this arm carries in its `args`."""
        hints: dict[str, Any] = {"model": self.model} if self.model else {}
        return hints if self.temperature is None else {**hints, "temperature": self.temperature}


def make_arms(
    operators: Sequence[str], models: Sequence[str] = ("",), temperatures: Sequence[float | None] = (None,)
) -> tuple[Arm, ...]:
    """Give every combination, the temperature varying fastest."""
    return tuple(Arm(*combination) for combination in product(operators, models, temperatures))


def cost_of(usage: Usage, unit: CostUnit) -> float:
    """Give what a proposal spent, in dollars, tokens (in and out together) or calls."""
    if unit == "tokens":
        return usage.tokens_in + usage.tokens_out
    return usage.dollars if unit == "dollars" else usage.calls


@dataclass(slots=True)
class _Account:
    """One arm's discounted sums."""

    pulls: float = 0.0
    reward: float = 0.0
    cost: float = 0.0


class Bandit(ABC):
    """What both bandits share: the accounts.

    The reward of a positive gain is its rank among the last `WINDOW` positive gains of all arms, in
    (0, 1], so that the scale of the fitness does not matter (Fialho, Schoenauer and Sebag 2010); no gain,
    no reward. The cost of an arm is its mean, with one more pull at the common mean, relative to the
    common mean: an arm whose first call happened to be free is not taken for free, and where nothing
    costs anything all cost 1.

    Parameters
    ----------
    arms
        With different names. Raises `ValueError` without any.
    unit
        What the cost is counted in. Local models have no price: count their tokens.
    discount
        In (0, 1], of all sums for each proposal credited: what has gained lately counts more.
    """

    WINDOW = 100

    def __init__(self, arms: Sequence[Arm], *, unit: CostUnit = "dollars", discount: float = 1.0) -> None:
        self.arms = {arm.name: arm for arm in arms}
        if not arms or len(self.arms) < len(arms):
            raise ValueError("a bandit needs one arm or more, all different")
        if not 0 < discount <= 1:
            raise ValueError(f"the discount must be above 0 and at most 1, not {discount}")
        self.unit: CostUnit = unit
        self.discount = discount
        self._accounts = {name: _Account() for name in self.arms}
        self._gains: deque[float] = deque(maxlen=self.WINDOW)

    def credit(self, name: str, gain: float, usage: Usage) -> None:
        """Fold in what one proposal of an arm gained, never negative, and what it spent. Raises `KeyError`."""
        account = self._accounts[name]
        for each in self._accounts.values():
            each.pulls *= self.discount
            each.reward *= self.discount
            each.cost *= self.discount
        if gain > 0:
            self._gains.append(gain)
            account.reward += sum(past <= gain for past in self._gains) / len(self._gains)
        account.pulls += 1
        account.cost += cost_of(usage, self.unit)

    def choose(self, rng: np.random.Generator) -> Arm:
        """Give the arm of the highest index per cost; ties are drawn. Changes nothing but the generator."""
        indices = self.indices(rng)
        top = max(indices.values())
        best = [name for name, index in indices.items() if index == top]
        return self.arms[best[int(rng.integers(len(best)))]]

    def indices(self, rng: np.random.Generator) -> Mapping[str, float]:
        """Give each arm's index: what it is hoped to gain, per relative cost."""
        costs = self.costs()
        return {name: self._hope(account, rng) / costs[name] for name, account in self._accounts.items()}

    def costs(self) -> Mapping[str, float]:
        """Give each arm's mean cost relative to the common one, above 0."""
        pulls = sum(account.pulls for account in self._accounts.values())
        mean = sum(account.cost for account in self._accounts.values()) / pulls if pulls else 0.0
        if mean <= 0:
            return dict.fromkeys(self.arms, 1.0)
        return {name: (a.cost + mean) / (a.pulls + 1) / mean for name, a in self._accounts.items()}

    def state(self) -> Mapping[str, Mapping[str, float]]:
        """Give, by arm, its discounted pulls, reward and cost."""
        return {
            name: {"pulls": account.pulls, "reward": account.reward, "cost": account.cost}
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
    their coin toss, so that the fold draws nothing).
    """

    def _hope(self, account: _Account, rng: np.random.Generator) -> float:
        return float(rng.beta(1.0 + account.reward, 1.0 + max(0.0, account.pulls - account.reward)))
