"""Promptbreeder: prompts that evolve together with the rules by which they are varied."""

from typing import ClassVar, get_args

import numpy as np

from evoengine import selection
from evoengine.archives import PopulationArchive
from evoengine.operators.breeding import Breed, Kind
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View

KINDS: tuple[Kind, ...] = get_args(Kind)


class Promptbreeder(ArchiveRecipe):
    """Let two members compete; the winner's offspring, by an operator drawn uniformly, overwrites the loser.

    Fernando et al. 2023, section 3. A member is a prompt with its rule (its notes). The population begins with offspring
    of the seed, each with a rule drawn from a list.

    Parameters
    ----------
    population
        Members, at least 2.
    shown
        Members or ancestors that are listed, at most.
    """

    summary: ClassVar[str] = "binary tournaments among prompts whose own rules of variation evolve too"
    source: ClassVar[str] = "Fernando et al. 2023, 'Promptbreeder: self-referential self-improvement'"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, population: int = 50, shown: int = 10) -> None:
        if population < 2:
            raise ValueError(f"a tournament takes a population of at least 2, not {population}")
        super().__init__(problem, PopulationArchive(population), ("explore",))
        self.use(*(Breed(kind=kind, ascending=True) for kind in KINDS))
        self._population, self._shown = population, shown
        self._members: list[Known] = []
        self._parents: dict[str, tuple[str, ...]] = {}

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Fill the population from the seed; then hold a tournament."""
        members = self._members
        if not members:
            return None
        if len(members) < self._population:
            return Job(view.proposal, KINDS[view.proposal % 2], (members[0].candidate.id,))
        kind = KINDS[int(rng.integers(len(KINDS)))]
        pair = selection.inspirations(members, 2, rng)
        winner, loser = sorted(pair, key=lambda known: -(known.evaluation.fitness or 0.0))
        listed: tuple[str, ...] = ()
        if kind == "distribution":
            others = selection.inspirations(members, self._shown, rng, exclude=(winner.candidate.id,))
            listed = tuple(known.candidate.id for known in others)
        elif kind == "lineage":
            listed = self._ancestors(winner.candidate.id)
        return Job(view.proposal, kind, (winner.candidate.id, loser.candidate.id), listed)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Admit whoever is scored: in a full population in the place of the loser, or of the least fit if that has gone."""
        self._parents[candidate.id] = candidate.parents
        known, members = Known(candidate, evaluation), self._members
        if evaluation.ok and len(members) < self._population:
            members.append(known)
        elif evaluation.ok:
            names = [member.candidate.id for member in members]
            least = min(range(len(members)), key=lambda n: members[n].evaluation.fitness or 0.0)
            loser = candidate.parents[-1]
            members[names.index(loser) if loser in names else least] = known
        return super().tell(candidate, evaluation)

    def _ancestors(self, name: str) -> tuple[str, ...]:
        line: list[str] = []
        while self._parents[name] and len(line) < self._shown:
            name = self._parents[name][0]
            line.append(name)
        return tuple(line)
