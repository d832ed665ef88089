"""What preferences between texts say of texts: a linear model of their worth, and whom to compare next."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evoengine.preferences import Preference
from evoengine.text.hashed import hashed
from evoengine.types import Known

SIZE = 64
"""Features of a text."""

RIDGE = 0.1
STEPS = 8


class Duels:
    """A linear dueling bandit: worth h(x) = theta . x, and P(a over b) = sigmoid(h(a) - h(b)).

    Theta is the ridge-regularised maximum of the likelihood, found by Newton's method. The first of the next
    pair has the highest worth. The second has the highest by another theta, drawn from the normal
    distribution around the first one with covariance ``exploration**2 * inverse(V)``, V the sum of the outer
    products of x_a - x_b over all comparisons plus the ridge: so it is good, or little is known of it. After
    Lin et al. 2024, "Prompt optimization with human feedback", section 3, with hashed features and a linear
    model in the place of embeddings and a network, and a draw in the place of the upper bound, so that
    proposals in flight at once differ. A tie counts as half a win of each.

    Parameters
    ----------
    exploration
        At least 0, or else `ValueError`.
    """

    def __init__(self, exploration: float) -> None:
        if exploration < 0.0:
            raise ValueError(f"exploration must be at least 0, not {exploration}")
        self._exploration = exploration
        self._features: dict[str, NDArray[np.float64]] = {}
        self._differences: list[NDArray[np.float64]] = []
        self._wins: list[float] = []
        self._theta = np.zeros(SIZE)
        self._inverse = np.eye(SIZE) / RIDGE
        self._compared: set[str] = set()

    def __len__(self) -> int:
        return len(self._wins)

    def add(self, known: Known) -> None:
        """Take in a candidate."""
        self._features[known.candidate.id] = hashed(known.candidate.genome, SIZE)

    def learn(self, preference: Preference) -> None:
        """Take in a preference; one about an unknown candidate, or of likeness, teaches nothing."""
        pair = (preference.better, preference.worse)
        if preference.reference or not self._features.keys() >= set(pair):
            return
        self._compared.update(pair)
        difference = self._features[pair[0]] - self._features[pair[1]]
        self._differences.append(difference)
        self._wins.append(0.5 if preference.tie else 1.0)
        ahead = self._inverse @ difference
        self._inverse = self._inverse - np.outer(ahead, ahead) / (1.0 + difference @ ahead)
        self._fit()

    def worth(self, name: str) -> float:
        """Give the worth of a candidate; all are 0 before the first preference."""
        return float(self._theta @ self._features[name])

    def pair(self, members: Sequence[Known], rng: np.random.Generator) -> Sequence[Known]:
        """Give whom to compare next among at least two candidates, in random order."""
        features = np.array([self._features[known.candidate.id] for known in members])
        drawn = np.linalg.cholesky(self._inverse) @ rng.normal(0.0, self._exploration, SIZE)
        first = int(np.argmax(features @ self._theta))
        hopes = features @ (self._theta + drawn)
        hopes[first] = -np.inf
        pair = (members[first], members[int(np.argmax(hopes))])
        return pair if rng.random() < 0.5 else pair[::-1]

    def best(self, members: Sequence[Known]) -> str | None:
        """Give the id of highest worth among those compared, or of all if none was; of equals the fittest."""
        among = [known for known in members if known.candidate.id in self._compared] or members
        best = max(among, key=self._standing, default=None)
        return None if best is None else best.candidate.id

    def _standing(self, known: Known) -> tuple[float, float]:
        return self.worth(known.candidate.id), known.evaluation.fitness or 0.0

    def _fit(self) -> None:
        x, y, theta = np.array(self._differences), np.array(self._wins), self._theta
        for _ in range(STEPS):
            expected = 1.0 / (1.0 + np.exp(-(x @ theta)))
            gradient = x.T @ (expected - y) + RIDGE * theta
            curvature = (x.T * (expected * (1.0 - expected))) @ x + RIDGE * np.eye(SIZE)
            theta = theta - np.linalg.solve(curvature, gradient)
        self._theta = theta
