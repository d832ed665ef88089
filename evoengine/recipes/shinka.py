"""ShinkaEvolve: few but novel programs, from parents that are good and have few children."""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import Islands, PopulationArchive
from evoengine.operators.arms import Arm
from evoengine.operators.bandits import UCB1
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Verdict, View

PATCHES = {"rewrite": 0.3, "edit": 0.6, "combine": 0.1}  # with their probabilities
TEMPERATURES, NOTES_EVERY, DISCOUNT = (0.0, 0.5, 1.0), 10, 0.95


class Shinka(ArchiveRecipe):
    """Draw a parent by how far it lies above its island's median and by how few children it has; refuse copies.

    Lange et al. 2025, section 3, and its code.

    Parameters
    ----------
    islands, archive, migrate_every
        How many; of the fittest on all of them; and told candidates from one migration of two to the next.
    inspirations, top
        Others of the island that a prompt shows: so many drawn uniformly, and so many of the best.
    models
        Among which a bandit chooses for each form of offspring; empty: the pool's choice.
    """

    summary: ClassVar[str] = "parents far above the median with few children; copies are refused unevaluated"
    source: ClassVar[str] = "Lange et al. 2025, 'ShinkaEvolve', arXiv:2509.19349"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        islands: int = 2,
        archive: int = 40,
        migrate_every: int = 10,
        inspirations: int = 4,
        top: int = 2,
        models: Sequence[str] = (),
    ) -> None:
        size = archive // max(1, islands)
        self._homes = Islands(
            lambda: PopulationArchive(size), islands, migrate_every=migrate_every, migrants=2
        )
        arms = [Arm(patch, model).name for patch in PATCHES for model in models or ("",)]
        super().__init__(problem, self._homes, arms, notes_every=NOTES_EVERY)
        self.adjust(novelty="similarity")
        self.mix = UCB1(arms, discount=DISCOUNT)
        self._inspirations, self._top, self._children = inspirations, top, Counter[str]()

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Draw an island, a parent and a form of offspring, unless notes are due."""
        elites = self._homes.island(island := int(rng.integers(self._homes.count))).elites()
        if not elites:
            return None
        parent = selection.median_novelty(elites, self._children, rng)
        if self.scratchpad.due(view):
            return self.scratchpad.job(view, parent, island)
        patch = str(rng.choice(list(PATCHES), p=list(PATCHES.values())))
        arm = self._arms[self.mix.choose(rng, [x for x, arm in self._arms.items() if arm.operator == patch])]
        others = selection.inspirations(elites, self._inspirations, rng, exclude=(parent.candidate.id,))
        shown = (parent, *others, *selection.fittest(elites, self._top))
        names, count = tuple(dict.fromkeys(x.candidate.id for x in shown)), 1 + (patch == "combine")
        args = {**self.scratchpad.args, **arm.hints, "temperature": selection.uniform(TEMPERATURES, rng)}
        return Job(view.proposal, arm.name, names[:count], names[count:], island=island, args=args)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Count a child."""
        self._children.update(candidate.parents[:1])
        return super().tell(candidate, evaluation)
