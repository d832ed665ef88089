"""What the simple recipes share: an archive, a mix of operators, and everything but the choice of parents."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import numpy as np

from evoengine import selection
from evoengine.effects import Conversation
from evoengine.errors import ConfigError
from evoengine.operators import OPERATORS, Mix, default_operators
from evoengine.operators.arms import Arm, Chooser
from evoengine.operators.bandits import UCB1, Thompson
from evoengine.operators.model import Hints, with_hints
from evoengine.operators.model_operators import MODEL_OPERATORS
from evoengine.operators.novel import Novel
from evoengine.operators.racing import Raced, Reevaluate
from evoengine.ports import Archive, Library, Operator
from evoengine.problem import Problem
from evoengine.recipes.instructions import Instructions
from evoengine.recipes.kin import Kin
from evoengine.recipes.occasions import Failed, grid_of, target
from evoengine.recipes.scratchpad import Scratchpad
from evoengine.types import Candidate, Draft, Evaluation, Job, Known, Usage, Verdict, View

NONE: Mapping[str, Any] = MappingProxyType({})

REEVALUATE_EVERY = 10
"""Of a noisy problem, every so many proposals evaluate an elite once more."""

_ALL_OPERATORS = {**OPERATORS, **MODEL_OPERATORS}


class ArchiveRecipe:
    """A recipe over one archive. A subclass gives the archive and defines `ask`, mostly through `propose`.

    Parameters
    ----------
    operators
        Names from `OPERATORS`, or from `MODEL_OPERATORS` where there is a model, which may go on as those
        of an `Arm` do: ``rewrite(small, 0.7)``. Empty: those that suit the problem's genome without a
        model. They are chosen among by the verdicts' gain for what it cost: `Mix` where none asks a
        model, else a bandit, by default `Thompson`. ``repair`` takes its turn while there is a failed
        candidate that it was not tried on, ``aim`` where the archive is a grid; ``surrogate`` is shown
        the parent's `Kin`.
    notes_every
        Every so many proposals a model writes notes on the latest results for later prompts; 0: never.
    instructions_every
        Every so many proposals a model writes instructions for later ones (`Instructions`); 0: never.
    """

    needs_model: ClassVar[bool] = False
    with_model: ClassVar[Sequence[str]] = ("edit", "explore")
    """The operators where there are models and none are given."""

    def __init__(
        self,
        problem: Problem,
        archive: Archive,
        operators: Sequence[str] = (),
        *,
        notes_every: int = 0,
        instructions_every: int = 0,
    ) -> None:
        if isinstance(operators, str):
            raise ValueError(f"operators: a list of names is expected, not {operators!r}")  # noqa: TRY004 - as all others
        arms = [Arm.parse(str(name)) for name in tuple(operators) or default_operators(problem)]
        if not arms:
            raise ConfigError(
                f"{problem.name}: only a model can vary {', '.join(problem.evolvable or problem.seeds[0])}",
                cure="give --model; without one only Python programs and JSON lists of numbers can be varied",
            )
        unknown = [arm.operator for arm in arms if arm.operator not in _ALL_OPERATORS]
        if unknown:
            raise ValueError(
                f"operators: no operator is called {unknown[0]!r}; there are {', '.join(_ALL_OPERATORS)}"
            )
        if arms and all(arm.operator in {"repair", "aim"} for arm in arms):
            raise ValueError("operators: repair and aim cannot always work; give another one beside them")
        self.problem = problem
        self.archive = archive
        self.scratchpad = Scratchpad(notes_every)
        self.instructions = Instructions(instructions_every)
        self.failed = Failed()
        self.kin = Kin() if any(arm.operator == "surrogate" for arm in arms) else None
        self._remembered: dict[str, tuple[deque[Candidate], bool]] = {}
        self._arms = {arm.name: arm for arm in arms}
        self._asks = any(arm.operator in MODEL_OPERATORS for arm in arms)
        self.mix: Chooser = Thompson(self._arms) if self._asks else Mix(tuple(self._arms))
        made = {name: _ALL_OPERATORS[arm.operator]() for name, arm in self._arms.items()}
        self._operators: dict[str, Operator] = {
            **{name: make() for name, make in MODEL_OPERATORS.items()},
            "reevaluate": Reevaluate(),
            **made,
        }

    def use(self, *operators: Operator) -> None:
        """Have operators at hand under their names for the jobs of `ask`, beside or in the place of `MODEL_OPERATORS`.

        The mix does not choose among them.
        """
        self._operators |= {operator.name: operator for operator in operators}

    def remember(self, operator: str, count: int, *, valid: bool = False) -> Sequence[Candidate]:
        """Give the latest candidates of an operator, at most `count`, the oldest first: a live view, which `tell` fills.

        With `valid`, those that failed are left out.
        """
        latest: deque[Candidate] = deque(maxlen=count)
        self._remembered[operator] = latest, valid
        return latest

    def adjust(
        self,
        *,
        bandit: Literal["thompson", "ucb"] = "thompson",
        novelty: Literal["off", "similarity", "judge"] = "off",
    ) -> None:
        """Choose, before anything is told, how operators that ask models are chosen, and what `Novel` rejects.

        Nothing is rejected of what ``repair`` proposes, which is to be near its parent.
        """
        if bandit not in {"thompson", "ucb"}:
            raise ValueError(f"bandit must be thompson or ucb, not {bandit!r}")
        if novelty not in {"off", "similarity", "judge"}:
            raise ValueError(f"novelty must be off, similarity or judge, not {novelty!r}")
        if self._asks:
            self.mix = UCB1(self._arms) if bandit == "ucb" else Thompson(self._arms)
        for name, arm in self._arms.items():
            if novelty != "off" and arm.operator in MODEL_OPERATORS and arm.operator != "repair":
                self._operators[name] = Novel(self._operators[name], judge=novelty == "judge")

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
        args: Mapping[str, Any] = NONE,
    ) -> Job | None:
        """Give a job with an operator from the mix and as many parents as it takes; None without elites.

        So many inspirations are drawn uniformly `among` candidates, parents left out. When notes are due,
        the job is to write them. Whatever it is, the job carries `args` as well.
        """
        if self.archive.best() is None:
            return None
        job = self._due(view, rng, pick, island)
        if job is None:
            job = self._chosen(view, rng, pick, island=island, inspirations=inspirations, among=among)
        return replace(job, args={**job.args, **args}) if args else job

    def _due(
        self, view: View, rng: np.random.Generator, pick: Callable[[], Known], island: int
    ) -> Job | None:
        """Give the job of a proposal that has to do something else than the mix would choose, or None."""
        if self.problem.noisy and view.proposal % REEVALUATE_EVERY == REEVALUATE_EVERY - 1:
            return self._reevaluation(view, pick, island)
        if self.scratchpad.due(view):
            return self.scratchpad.job(view, pick(), island)
        if self.instructions.due(view):
            return self.instructions.job(view, pick(), rng, island)
        return None

    def _chosen(
        self,
        view: View,
        rng: np.random.Generator,
        pick: Callable[[], Known],
        *,
        island: int,
        inspirations: int,
        among: Sequence[Known],
    ) -> Job:
        arm = self._arms[self.mix.choose(rng, self._able(island))]
        if arm.operator == "repair":
            return Job(view.proposal, arm.name, (self.failed.choose(rng),), island=island, args=arm.hints)
        chosen = [pick() for _ in range(self._operators[arm.name].arity)]
        if arm.operator in MODEL_OPERATORS:
            arm = replace(arm, instructions=self.instructions.choose(rng))
        parents = tuple(known.candidate.id for known in chosen)
        if arm.operator == "surrogate" and self.kin is not None:
            ids = self.kin.of(chosen[0])
        else:
            shown = selection.inspirations(among, inspirations, rng, exclude=parents) if inspirations else ()
            ids = tuple(known.candidate.id for known in shown)
        grid = grid_of(self.archive, island) if arm.operator == "aim" else None
        cell = target(grid, chosen[0], rng) if grid is not None else None
        return Job(view.proposal, arm.name, parents, ids, cell, island, {**self.scratchpad.args, **arm.hints})

    def _able(self, island: int) -> Iterable[str] | None:
        """Name the arms that can work now; None: all of them."""
        unable = set[str]() if self.failed else {"repair"}
        if grid_of(self.archive, island) is None:
            unable.add("aim")
        able = [name for name, arm in self._arms.items() if arm.operator not in unable]
        return able if len(able) < len(self._arms) else None

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
        operator = with_hints(self._operators[_plain(job.operator)], Hints.of(job, library))
        if self.problem.noisy and job.operator != "reevaluate":
            operator = Raced(operator)
        return operator(self.problem, parents, inspirations, rng)

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Insert into the archive and credit the arm with the gain."""
        verdict = self.archive.insert(candidate, evaluation)
        latest, valid = self._remembered.get(candidate.operator, (None, False))
        if latest is not None and (evaluation.ok or not valid):
            latest.append(candidate)
        self.scratchpad.tell(candidate)
        self.instructions.tell(candidate)
        self.failed.tell(candidate, evaluation)
        if self.kin is not None:
            self.kin.tell(candidate, evaluation)
        self._credit(candidate.operator, candidate.parents, verdict.gain, evaluation.usage)
        return verdict

    def abandon(self, job: Job, usage: Usage) -> None:
        """Charge the arm with what it spent on nothing."""
        self._credit(job.operator, job.parents, 0.0, usage)

    def _credit(self, operator: str, parents: Sequence[str], gain: float, usage: Usage) -> None:
        name = _plain(operator)
        arm = self._arms.get(name)
        if arm is None:
            return
        self.mix.credit(name, gain, usage)
        if arm.operator in MODEL_OPERATORS:
            self.instructions.credit(Arm.parse(operator).instructions, gain, usage)
        if arm.operator == "repair":
            self.failed.tried(parents[0])

    def arms(self) -> Mapping[str, Mapping[str, float]]:
        """Give, by arm, the figures that decide how often it is chosen."""
        return self.mix.state()

    def steer(self, body: Mapping[str, Any]) -> None:
        """Have no use for it; a recipe that learns from people has."""

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


def _plain(name: str) -> str:
    """Give the name of an arm without its instructions."""
    return replace(Arm.parse(name), instructions="").name if name.endswith(")") else name
