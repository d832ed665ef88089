"""Hill climbing: always from the best."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import PopulationArchive
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Job, View


class HillClimb(ArchiveRecipe):
    """Vary one of the `width` best candidates; an offspring enters when it beats the worst of them.

    With the default width of 1 this is the (1 + 1) evolution strategy, asynchronous when several
    proposals are in flight.

    Parameters
    ----------
    width
        How many of the best are kept and varied.
    confidence
        Of noisy problems: candidates are compared by their fitness less so many standard errors.
    """

    summary: ClassVar[str] = "always from the best; the simplest thing that learns"
    source: ClassVar[str] = "Rechenberg 1973, the (1 + 1) and (mu + 1) evolution strategies"

    def __init__(
        self, problem: Problem, *, width: int = 1, confidence: float = 0.0, operators: Sequence[str] = ()
    ) -> None:
        super().__init__(problem, PopulationArchive(width, confidence=confidence), operators)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Vary one of the best."""
        return self.propose(view, rng, lambda: selection.uniform(self.archive.elites(), rng))
