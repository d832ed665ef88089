from collections.abc import Sequence
from math import log, sqrt


def upper_bound(rewards: Sequence[float], visits: Sequence[float], *, exploration: float = 2.0**0.5) -> int:
    """Choose the arm, such as an island, with the highest upper confidence bound on its reward; give its index.

    UCB1 (Auer, Cesa-Bianchi and Fischer 2002, "Finite-time analysis of the multiarmed bandit problem",
    figure 1): ``rewards[i] / visits[i] + exploration * sqrt(log(sum(visits)) / visits[i])``. An arm never
    visited comes before all others; of equals the earliest is taken.

    Parameters
    ----------
    rewards
        The sum of each arm's rewards, each of which should lie in [0, 1]; higher is better.
    visits
        How often each was taken, at least 0; fractions, as of discounted counts, are allowed.
    exploration
        At least 0: 0 takes the highest mean.
    """
    if not rewards or len(rewards) != len(visits):
        raise ValueError(
            f"rewards and visits must be as many, at least 1, not {len(rewards)} and {len(visits)}"
        )
    if not exploration >= 0.0 or min(visits) < 0.0:
        raise ValueError("the exploration and the visits must be at least 0")
    for arm, count in enumerate(visits):
        if count == 0.0:
            return arm
    # Discounted counts may sum to less than 1.
    spread = log(max(1.0, sum(visits)))
    bounds = [
        reward / count + exploration * sqrt(spread / count)
        for reward, count in zip(rewards, visits, strict=True)
    ]
    return bounds.index(max(bounds))
