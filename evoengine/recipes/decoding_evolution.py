"""DARWIN: beams of texts that explore by changed instructions, and of which the worst give way to the best."""

from typing import ClassVar

import numpy as np

from evoengine.archives import PopulationArchive
from evoengine.operators.evolving import Reinstruct
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.recipes.generations import Generations
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class DecodingEvolution(ArchiveRecipe):
    """Go on with every beam in rounds, some of them by another instruction; after each round the best take all beams.

    Hung et al. 2024, section 3, where a beam is a text under generation, rewarded every few tokens. Here a round
    writes a whole candidate for each beam, and its fitness is the reward. Exploration has a model change the
    instruction that led to a candidate, and follow it; a candidate of the other beams is rewritten by its own
    instruction. Then the fittest `kept` candidates, old or new, share the beams.

    Parameters
    ----------
    beams
        Candidates in a round.
    kept
        How many of the fittest go on; the other beams become copies of theirs.
    explore
        How many beams of a round change their instruction.
    """

    summary: ClassVar[str] = (
        "beams that explore by changed instructions; the worst give way to copies of the best"
    )
    source: ClassVar[str] = (
        "Hung et al. 2024, 'Inference time alignment with reward-guided tree search', arXiv:2406.15193"
    )
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, beams: int = 6, kept: int = 3, explore: int = 3) -> None:
        if not (1 <= kept <= beams and 0 <= explore <= beams):
            raise ValueError("kept must be in [1, beams], and explore in [0, beams]")
        super().__init__(problem, PopulationArchive(beams), ("rewrite",))
        self.use(Reinstruct())
        self._rounds = Generations(beams, keep=kept, plus=True)
        self._beams, self._explore = beams, explore
        self._instructions: dict[str, str] = {}
        """For each candidate, the one whose notes are the instruction that led to it; left out: the statement."""

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:  # noqa: ARG002 - the port's
        """Go on with the beam whose turn it is."""
        parents = self._rounds.parents(view)
        if not parents:
            return None
        beam = view.proposal % self._beams
        parent = parents[beam % len(parents)].candidate.id
        known = self._instructions.get(parent)
        args = {} if known is None else {"notes": known}
        return Job(view.proposal, "reinstruct" if beam < self._explore else "rewrite", (parent,), args=args)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember the round, and by which instruction a candidate was written."""
        self._rounds.tell(Known(candidate, evaluation))
        led = candidate.id if candidate.operator == "reinstruct" else None
        for source in (led, *map(self._instructions.get, candidate.parents)):
            if source is not None:
                self._instructions.setdefault(candidate.id, source)
        return super().tell(candidate, evaluation)
