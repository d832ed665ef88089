"""What the simple recipes share: an archive, a mix of operators, and everything but the choice of parents."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from evoengine.operators import OPERATORS, Mix, default_operators
from evoengine.ports import Archive, Library, Operator
from evoengine.types import (
    Candidate,
    Conversation,
    Draft,
    Evaluation,
    Job,
    Known,
    Problem,
    Usage,
    Verdict,
    View,
)


class ArchiveRecipe:
    """A recipe over one archive. A subclass gives the archive and defines `ask`, mostly through `propose`.

    Parameters
    ----------
    operators
        Names from `evoengine.operators.OPERATORS`; empty: those that suit the problem's genome. They are
        chosen among by a bandit over the verdicts' gain per evaluation.
    """

    def __init__(self, problem: Problem, archive: Archive, operators: Sequence[str] = ()) -> None:
        names = tuple(operators) or default_operators(problem)
        unknown = [name for name in names if name not in OPERATORS]
        if unknown:
            raise ValueError(
                f"operators: no operator is called {unknown[0]!r}; there are {', '.join(OPERATORS)}"
            )
        self.problem = problem
        self.archive = archive
        self.mix = Mix(names)
        self._operators: dict[str, Operator] = {name: OPERATORS[name]() for name in names}

    def seeds(self) -> Sequence[Draft]:
        """Give the problem's seeds."""
        return [Draft(genome) for genome in self.problem.seeds]

    def propose(
        self, view: View, rng: np.random.Generator, pick: Callable[[], Known], *, island: int = 0
    ) -> Job | None:
        """Give a job with an operator from the mix and as many parents as it takes; None without elites."""
        if self.archive.best() is None:
            return None
        operator = self.mix.choose(rng)
        parents = tuple(pick().candidate.id for _ in range(self._operators[operator].arity))
        return Job(view.proposal, operator, parents, island=island)

    def vary(self, job: Job, library: Library, rng: np.random.Generator) -> Conversation:
        """Start the operator's conversation."""
        parents = [library[parent] for parent in job.parents]
        inspirations = [library[inspiration] for inspiration in job.inspirations]
        return self._operators[job.operator](self.problem, parents, inspirations, rng)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Insert into the archive and credit the operator with the gain."""
        verdict = self.archive.insert(candidate, evaluation)
        if candidate.operator in self._operators:
            self.mix.credit(candidate.operator, verdict.gain, evaluation.usage.evaluations)
        return verdict

    def abandon(self, job: Job, usage: Usage) -> None:
        """Charge the operator with what it spent on nothing."""
        self.mix.credit(job.operator, 0.0, usage.evaluations)

    def best(self) -> str | None:
        """Give the id of the fittest candidate, the earliest of equals."""
        best = self.archive.best()
        return None if best is None else best.candidate.id

    def elites(self) -> Iterable[Known]:
        """Iterate over the archive."""
        return iter(self.archive)

    def stats(self) -> Mapping[str, float]:
        """Give the archive's figures."""
        return self.archive.stats()
