"""What the simple recipes share: an archive, a mix of operators, and everything but the choice of parents."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar

import numpy as np

from evoengine import selection
from evoengine.effects import Conversation
from evoengine.operators import OPERATORS, Mix, default_operators
from evoengine.operators.model import Hints, with_hints
from evoengine.operators.model_operators import MODEL_OPERATORS
from evoengine.operators.racing import Raced, Reevaluate
from evoengine.operators.reflect import Summarise
from evoengine.ports import Archive, Library, Operator
from evoengine.recipes.scratchpad import Scratchpad
from evoengine.types import Candidate, Draft, Evaluation, Job, Known, Problem, Usage, Verdict, View

REEVALUATE_EVERY = 10
"""Of a noisy problem, every so many proposals evaluate an elite once more."""

_ALL_OPERATORS = {**OPERATORS, **MODEL_OPERATORS}


class ArchiveRecipe:
    """A recipe over one archive. A subclass gives the archive and defines `ask`, mostly through `propose`.

    Parameters
    ----------
    operators
        Names from `OPERATORS`, or from `MODEL_OPERATORS` where there is a model; empty: those that suit
        the problem's genome without a model. They are chosen among by a bandit over the verdicts' gain
        per evaluation.
    notes_every
        Every so many proposals a model writes notes on the latest results for later prompts; 0: never.
    """

    needs_model: ClassVar[bool] = False

    def __init__(
        self, problem: Problem, archive: Archive, operators: Sequence[str] = (), *, notes_every: int = 0
    ) -> None:
        names = tuple(operators) or default_operators(problem)
        unknown = [name for name in names if name not in _ALL_OPERATORS]
        if unknown:
            raise ValueError(
                f"operators: no operator is called {unknown[0]!r}; there are {', '.join(_ALL_OPERATORS)}"
            )
        self.problem = problem
        self.archive = archive
        self.mix = Mix(names)
        self.scratchpad = Scratchpad(notes_every)
        self._credited = frozenset(names)
        made = {name: _ALL_OPERATORS[name]() for name in names}
        self._operators: dict[str, Operator] = {"summarise": Summarise(), "reevaluate": Reevaluate(), **made}

    def use(self, *operators: Operator) -> None:
        """Have operators at hand under their names for the jobs of `ask`; the mix does not choose among them."""
        self._operators |= {operator.name: operator for operator in operators}

    def seeds(self) -> Sequence[Draft]:
        """Give the problem's seeds."""
        return [Draft(genome) for genome in self.problem.seeds]

    def propose(
        self,
        view: View,
        rng: np.random.Generator,
        pick: Callable[[], Known],
        *,
        island: int = 0,
        inspirations: int = 0,
        among: Sequence[Known] = (),
    ) -> Job | None:
        """Give a job with an operator from the mix and as many parents as it takes; None without elites.

        So many inspirations are drawn uniformly `among` candidates, parents left out. When notes are due,
        the job is to write them.
        """
        if self.archive.best() is None:
            return None
        if self.problem.noisy and view.proposal % REEVALUATE_EVERY == REEVALUATE_EVERY - 1:
            return self._reevaluation(view, pick, island)
        if self.scratchpad.due(view):
            return self.scratchpad.job(view, pick(), island)
        operator = self.mix.choose(rng)
        parents = tuple(pick().candidate.id for _ in range(self._operators[operator].arity))
        shown = selection.inspirations(among, inspirations, rng, exclude=parents) if inspirations else ()
        ids = tuple(known.candidate.id for known in shown)
        return Job(view.proposal, operator, parents, ids, island=island, args=self.scratchpad.args)

    def _reevaluation(self, view: View, pick: Callable[[], Known], island: int) -> Job:
        """Give the job that evaluates an elite once more: of the best and three others, the least known."""
        best = self.archive.best()
        among = [known for known in (best, pick(), pick(), pick()) if known is not None]
        least = min(among, key=lambda known: known.evaluation.repeats)
        return Job(view.proposal, "reevaluate", (least.candidate.id,), island=island)

    def vary(self, job: Job, library: Library, rng: np.random.Generator) -> Conversation:
        """Start the operator's conversation."""
        parents = [library[parent] for parent in job.parents]
        inspirations = [library[inspiration] for inspiration in job.inspirations]
        operator = with_hints(self._operators[job.operator], Hints.of(job, library))
        if self.problem.noisy and job.operator != "reevaluate":
            operator = Raced(operator)
        return operator(self.problem, parents, inspirations, rng)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Insert into the archive and credit the operator with the gain."""
        verdict = self.archive.insert(candidate, evaluation)
        self.scratchpad.tell(candidate)
        if candidate.operator in self._credited:
            self.mix.credit(candidate.operator, verdict.gain, evaluation.usage.evaluations)
        return verdict

    def abandon(self, job: Job, usage: Usage) -> None:
        """Charge the operator with what it spent on nothing."""
        if job.operator in self._credited:
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
