"""EoH: a population of ideas with their programs, and one prompt for each way to go on from them."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import PopulationArchive
from evoengine.operators.model import Asking
from evoengine.operators.rewrite import CommonIdea, Explore, Modify, Reparameterise, Simplify
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.recipes.generations import Generations
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View

PROMPTS: dict[str, type[Asking]] = {
    "explore": Explore,
    "common_idea": CommonIdea,
    "modify": Modify,
    "reparameterise": Reparameterise,
    "simplify": Simplify,
}
"""E1, E2, M1, M2 and M3 of the paper; the first two are shown several parents."""


class EoH(ArchiveRecipe):
    """Take the prompts in turn, each for one offspring per member; then the best of all are the population.

    Liu et al. 2024, section 3. A member is an idea in one sentence with its program, and prompts show both:
    the sentence is the line that a reply begins with. Parents are drawn by rank, with probability
    proportional to 1 / (rank + population), with replacement, but shown once. The initial population asks
    for other approaches than the seed's.

    Parameters
    ----------
    population
        Members, and offspring of each prompt.
    parents
        How many ``explore`` and ``common_idea`` are shown (recalled, not re-checked; the code says 2).
    prompts
        The operators that are taken in turn.
    """

    summary: ClassVar[str] = "ideas and their programs, by five prompts taken in turn, parents by rank"
    source: ClassVar[str] = "Liu et al. 2024, 'Evolution of heuristics', arXiv:2401.02051"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        population: int = 10,
        parents: int = 5,
        prompts: Sequence[str] = tuple(PROMPTS),
    ) -> None:
        if parents < 1 or not prompts or not PROMPTS.keys() >= set(prompts):
            raise ValueError(f"parents must be at least 1, and prompts some of {', '.join(PROMPTS)}")
        super().__init__(problem, PopulationArchive(population), tuple(PROMPTS))
        self.use(*(prompt(ideas=True) for prompt in PROMPTS.values()))
        self._generations = Generations(population, keep=population, plus=True)
        self._parents = parents
        self._prompts = tuple(prompts)

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Draw parents by rank for the prompt whose turn it is."""
        members = self._generations.parents(view)
        if not members:
            return None
        turn = self._generations.of(view.proposal) - 1
        prompt = "explore" if turn < 0 else self._prompts[turn % len(self._prompts)]
        count = self._parents if turn >= 0 and prompt in {"explore", "common_idea"} else 1
        drawn = (selection.reciprocal_rank(members, rng) for _ in range(count))
        ids = dict.fromkeys(known.candidate.id for known in drawn)
        return Job(view.proposal, prompt, tuple(ids))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember the generation."""
        self._generations.tell(Known(candidate, evaluation))
        return super().tell(candidate, evaluation)
