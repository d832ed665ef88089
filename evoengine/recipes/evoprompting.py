"""EvoPrompting: few-shot prompts of good programs with their scores, and a target beyond them."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.archives import PopulationArchive
from evoengine.operators.rewrite import Surpass
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.recipes.generations import Generations
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class EvoPrompting(ArchiveRecipe):
    """Show a few of the best with their scores as a series, and ask for its continuation at a better score.

    Chen, Dohan & So 2023, algorithm 1. A round holds `prompts` proposals; each shows `examples` programs
    drawn from the fittest so far, names a target beyond them, and takes several samples at a temperature
    drawn from a set. What reaches the threshold joins the population, whose fittest are the next round's
    examples. Values recalled, not re-checked. Left out: tuning the model between rounds.

    Parameters
    ----------
    prompts, samples
        Prompts in a round, and replies to each.
    examples
        Programs in a prompt; with one scored program there is one.
    survivors
        How many of the fittest may become examples.
    temperatures
        One is drawn for each prompt, uniformly; empty: left to the model.
    threshold
        The least fitness of an example; None: any.
    """

    summary: ClassVar[str] = "few-shot crossover of good programs towards a named target, in rounds"
    source: ClassVar[str] = "Chen, Dohan & So 2023, 'EvoPrompting', arXiv:2302.14838"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        prompts: int = 10,
        samples: int = 16,
        examples: int = 2,
        survivors: int = 10,
        temperatures: Sequence[float] = (0.2, 0.6, 0.8, 1.0),
        threshold: float | None = None,
    ) -> None:
        if samples < 1 or examples < 1:
            raise ValueError(f"samples and examples must be at least 1, not {samples} and {examples}")
        super().__init__(problem, PopulationArchive(survivors), ("surpass",))
        self.use(Surpass(samples=samples, ascending=True))
        self._rounds = Generations(prompts, keep=survivors, plus=True)
        self._examples = examples
        self._temperatures = tuple(temperatures)
        self._threshold = -np.inf if threshold is None else threshold

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Draw examples and a temperature."""
        parents = self._rounds.parents(view)
        if not parents:
            return None
        ids = tuple(known.candidate.id for known in selection.inspirations(parents, self._examples, rng))
        args = {"temperature": selection.uniform(self._temperatures, rng)} if self._temperatures else {}
        return Job(view.proposal, "surpass", ids, args=args)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Admit to the population what reaches the threshold, and the seeds."""
        fitness = evaluation.fitness
        if candidate.operator == "seed" or fitness is None or fitness >= self._threshold:
            self._rounds.tell(Known(candidate, evaluation))
        return super().tell(candidate, evaluation)
