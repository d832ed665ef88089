"""Instructions that a model evolves beside the candidates, for the prompts of a recipe: the meta-prompt."""

from collections import deque

import numpy as np

from evoengine.operators.bandits import Thompson
from evoengine.types import Candidate, Job, Known, Usage, View

MOST_KEPT = 6
"""So many instructions compete at most, beside having none."""

MOST_ROWS = 20
"""So many of the latest candidates are shown to the model that writes them."""

NONE = ""
"""The arm without instructions, which every other one must beat."""


class Instructions:
    """When instructions are written, and which ones a proposal follows: a fold over told candidates.

    A proposal of the operator `Instruct` writes them: they are the notes of its candidate, and the arm of
    a proposal that follows them names that candidate. Each is credited with the gain, for its cost, of the
    proposals that followed it, and drawn by `Thompson` sampling; the least rewarded give way to new ones.

    Parameters
    ----------
    every
        In proposals; 0: never, and no proposal follows any.
    """

    def __init__(self, every: int) -> None:
        if every < 0:
            raise ValueError(
                f"instructions must be written every so many proposals, or 0 for never, not {every}"
            )
        self._every = every
        self._latest: deque[str] = deque(maxlen=MOST_ROWS)
        self._bandit = Thompson([NONE])

    def due(self, view: View) -> bool:
        """Say whether the proposal asked for is to write instructions."""
        return self._every > 0 and view.proposal % self._every == self._every // 2

    def choose(self, rng: np.random.Generator) -> str:
        """Give the id of the candidate whose instructions are to be followed, or `NONE`."""
        return self._bandit.choose(rng) if len(self._bandit.state()) > 1 else NONE

    def job(self, view: View, parent: Known, rng: np.random.Generator, island: int = 0) -> Job:
        """Give the job that writes new instructions from old ones and varies the parent by them."""
        old = self.choose(rng)
        args = {"instructions": old} if old else {}
        return Job(view.proposal, "instruct", (parent.candidate.id,), tuple(self._latest), None, island, args)

    def tell(self, candidate: Candidate) -> None:
        """Fold in a told candidate, and its instructions if it was made to write them."""
        self._latest.append(candidate.id)
        if candidate.operator != "instruct":
            return
        self._bandit.add(candidate.id)
        state = self._bandit.state()
        if len(state) > MOST_KEPT + 1:
            rivals = [name for name in state if name not in {NONE, candidate.id}]
            self._bandit.drop(
                min(rivals, key=lambda name: state[name]["reward"] / (state[name]["proposals"] + 1))
            )

    def credit(self, instructions: str, gain: float, usage: Usage) -> None:
        """Fold in what one proposal that followed these gained and spent; those that have given way are ignored."""
        if instructions in self._bandit.state():
            self._bandit.credit(instructions, gain, usage)
