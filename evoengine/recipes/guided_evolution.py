"""Guided evolution: NSGA-II with personas for mutation, and elites that teach what made them good."""

from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import RankedPopulation
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Verdict, View

HEAT = {"seed": (0.05, 0.4), "role_play": (0.02, 0.35), "carry_over": (0.02, 0.35), "combine": (0.05, 0.1)}
"""Between which temperatures one is drawn: at the start, and later by operator."""


class GuidedEvolution(ArchiveRecipe):
    """Draw parents by non-domination and crowding; cross them over, or mutate one, at times by an elite's example.

    Morris, Jurado & Zutty 2024, section 3, and its code. A mutation is some kind of change by some
    persona ("character role play"), or applies to the parent what made an elite better than the seed
    ("evolution of thought"). Survival is NSGA-II's, one offspring at a time.

    Parameters
    ----------
    initial, population
        Mutations of the seed to begin with, and members of the population.
    crossover, mutation
        Whose ratio says how often two are crossed over and how often one is mutated.
    thought
        Share of mutations by an elite's example.
    elites
        How many of the best, by rank and crowding, may give one.
    """

    summary: ClassVar[str] = "NSGA-II; mutation by personas, or by what made an elite better than the seed"
    source: ClassVar[str] = "Morris, Jurado & Zutty 2024, 'LLM guided evolution', arXiv:2403.11446"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        initial: int = 144,
        population: int = 44,
        crossover: float = 0.35,
        mutation: float = 0.8,
        thought: float = 0.25,
        elites: int = 10,
    ) -> None:
        if min(initial, crossover, thought) < 0 or min(mutation, elites) <= 0:
            raise ValueError("mutation and elites must be above 0, and no number below")
        self._population = RankedPopulation(problem.objectives, population)
        super().__init__(problem, self._population, ("role_play", "carry_over", "combine"))
        self._initial, self._crossover = initial, crossover / (crossover + mutation)
        self._thought, self._elites, self._seed = thought, elites, ""

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Mutate the seed at first; then cross two over, or mutate one."""
        members, ranks, crowding = (held := self._population).elites(), held.ranks, held.crowding
        if not self._seed or view.proposal < self._initial:
            args = {"temperature": float(rng.uniform(*HEAT["seed"]))}
            return Job(view.proposal, "role_play", (self._seed,), args=args) if self._seed else None
        pair = [selection.crowded_tournament(members, ranks, crowding, rng) for _ in range(2)]
        parents, operator = (pair[0].candidate.id,), "role_play"
        best = selection.foremost(members, ranks, crowding, self._elites)
        better = [known.candidate.id for known in best if known.candidate.id != self._seed]
        if rng.random() < self._crossover and pair[0] is not pair[1]:
            operator, parents = "combine", (*parents, pair[1].candidate.id)
        elif better and rng.random() < self._thought:
            operator, parents = "carry_over", (*parents, selection.uniform(better, rng), self._seed)
        args = {"temperature": float(rng.uniform(*HEAT[operator]))}
        return Job(view.proposal, operator, parents, args=args)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Remember the fittest seed."""
        verdict = super().tell(candidate, evaluation)
        if candidate.operator == "seed" and self.best() == candidate.id:
            self._seed = candidate.id
        return verdict
