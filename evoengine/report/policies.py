"""Search policies side by side on one recorded stream of proposals: whom each would choose, and what it would keep."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from evoengine.archives import GridArchive
from evoengine.encoding import decode_job, decode_known
from evoengine.errors import ConfigError
from evoengine.ports import Recipe
from evoengine.problem import Problem
from evoengine.recipes import make_recipe, parameters
from evoengine.replay import State, apply
from evoengine.report.formats import number, percent, table
from evoengine.report.run import Run
from evoengine.rng import stream
from evoengine.types import Event, Job, Known, View

DRAWS = 32
"""How often a policy is asked at each proposal, each time with another stream."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a recipe makes of a record; None where there is nothing to say it from.

    At every recorded proposal the recipe is asked, knowing what had been told by then; then it is told what
    was recorded of that proposal, on the island of its own choice, whatever it would have had made. What
    differs between two policies is therefore whom they choose and what they keep, on equal information.

    Attributes
    ----------
    recorded
        Whether it is the policy that made the record.
    proposals, waited
        At how many it was asked, and at how many of these it would have waited for results; the rest of
        the figures leave those out.
    parent_rank
        Mean rank of the parents drawn, in fitness among the valid candidates told by then: 1 is always the
        fittest, 0 always the least fit, 0.5 no regard to fitness. Equals share their mean rank.
    distinct
        How many different candidates are ever drawn, over how many are valid.
    agreement
        Mean probability of drawing the parent that was recorded (the first, where there are several).
    improvements, hits, lift
        How many recorded proposals gave a candidate fitter than all before it; the agreement over these
        alone; and ``hits / agreement``. By the matching argument of Li et al. 2011, "Unbiased offline
        evaluation of contextual-bandit-based news article recommendation algorithms", section 3 (recalled,
        not re-checked), the lift estimates how often the policy's choices lead to an improvement, relative
        to the recorded ones, for a record whose parents were drawn uniformly; for any other it leans
        towards the policy that made the record.
    verdicts
        How many recorded candidates, seeds left out, got each verdict of its archive.
    elites, coverage, qd_score
        What the archive holds in the end: how many, and their `GridArchive.stats` on the grid of the
        problem's measures, the same for all; None without measures.
    """

    recipe: str
    recorded: bool
    proposals: int
    waited: int
    parent_rank: float | None
    distinct: float | None
    agreement: float | None
    improvements: int
    hits: float | None
    lift: float | None
    verdicts: Mapping[str, int]
    elites: int
    coverage: float | None
    qd_score: float | None

    def to_json(self) -> dict[str, Any]:
        """Give the fields as plain data."""
        return asdict(self)


def compare_policies(
    run: Run, problem: Problem, recipes: Sequence[str], params: Mapping[str, Any] | None = None
) -> list[Policy]:
    """Put recipes into the place of the one that a run was made with; that one comes first.

    Parameters
    ----------
    params
        Go to each recipe that has them; the run's own keeps what it was begun with. Operators are the
        run's, where none are given.

    Raises
    ------
    ConfigError
        There is no such recipe or parameter.
    """
    own, made = run.header["recipe"], run.header["params"]
    given = {name: made[name] for name in ("operators",) if name in made} | dict(params or {})
    names = [own, *(name for name in dict.fromkeys(recipes) if name != own)]
    for key in params or {}:
        if not any(key in parameters(name) for name in names):
            raise ConfigError(
                f"params.{key}: none of the recipes {', '.join(names)} has such a parameter",
                cure="`evoengine recipes NAME` lists those of a recipe",
            )
    policies: list[Policy] = []
    for name in names:
        known = {key: value for key, value in given.items() if key in parameters(name)}
        recipe = make_recipe(name, problem, made if name == own else known)
        replay = _Replay(recipe, run.header["seed"], run.store.text, recorded=name == own)
        for event in run.store.events():
            replay.take(event)
        policies.append(replay.policy(name, problem))
    return policies


class _Replay:
    """One policy in the place of the recorded one."""

    def __init__(self, recipe: Recipe, seed: int, fetch: Callable[[str], str], *, recorded: bool) -> None:
        self._state = State(recipe)
        self._recipe = recipe
        self._seed = seed
        self._fetch = fetch
        self._recorded = recorded
        self._fitness: dict[str, float] = {}
        self._sorted: list[float] = []
        self._ranks: list[float] = []
        self._drawn: set[str] = set()
        self._matched: dict[int, float] = {}
        self._improved: set[int] = set()
        self._asked = 0
        self._waited = 0
        self._verdicts: Counter[str] = Counter()

    def take(self, event: Event) -> None:
        """Let one recorded event happen."""
        match event.kind, event.proposal:
            case "asked", int(proposal):
                self._ask(decode_job(proposal, event.body))
            case "told", int(proposal):
                island = self._state.pending[proposal].job.island
                told = self._told(event, island)
                best = self._sorted[-1] if self._sorted else -np.inf
                if any(known.evaluation.ok and self._value(known) > best for known in told):
                    self._improved.add(proposal)
                self._verdicts.update(v.kind for v in self._state.tell(proposal, told))
                self._remember(told)
            case "seeded", _:
                told = self._told(event, 0)
                for known in told:
                    self._state.seed(known)
                self._remember(told)
            case "replied", _:
                pass  # What models said is in what was told.
            case _:
                apply(self._state, event, self._fetch)

    def _told(self, event: Event, island: int) -> list[Known]:
        told = [decode_known(result, self._fetch) for result in event.body["results"]]
        if self._recorded:
            return told
        return [Known(replace(known.candidate, island=island), known.evaluation) for known in told]

    def _remember(self, told: Sequence[Known]) -> None:
        for known in told:
            if known.evaluation.ok:
                self._fitness[known.candidate.id] = self._value(known)
                insort(self._sorted, self._value(known))

    def _ask(self, recorded: Job) -> None:
        """Draw the policy's parents for a recorded proposal, and note them."""
        state = self._state
        remaining = state.budget.remaining(state.candidates, len(state.pending))
        view = View(recorded.proposal, state.ended, len(state.pending), remaining)
        purposes = ["ask", *(f"ask/{draw}" for draw in range(1, DRAWS))]
        drawn = [self._recipe.ask(view, stream(self._seed, view.proposal, purpose)) for purpose in purposes]
        self._asked += 1
        jobs = [job for job in drawn if job is not None]
        if jobs:
            for parent in (parent for job in jobs for parent in job.parents):
                self._drawn.add(parent)
                if len(self._sorted) > 1:
                    self._ranks.append(self._rank(self._fitness[parent]))
            if recorded.parents:
                matches = [recorded.parents[0] in job.parents for job in jobs]
                self._matched[recorded.proposal] = sum(matches) / len(jobs)
        else:
            self._waited += 1
        state.ask(drawn[0] or recorded)

    def _rank(self, fitness: float) -> float:
        below, upto = bisect_left(self._sorted, fitness), bisect_right(self._sorted, fitness)
        return (below + upto - 1) / 2.0 / (len(self._sorted) - 1)

    @staticmethod
    def _value(known: Known) -> float:
        assert known.evaluation.fitness is not None
        return known.evaluation.fitness

    def policy(self, name: str, problem: Problem) -> Policy:
        """Sum up."""
        agreement = _mean(list(self._matched.values()))
        hits = _mean([match for proposal, match in self._matched.items() if proposal in self._improved])
        elites = list(self._recipe.elites())
        grid = GridArchive(problem.measures, offset=problem.worst_fitness)
        for elite in elites:
            grid.insert(elite.candidate, elite.evaluation)
        figures: Mapping[str, float] = grid.stats() if problem.measures else {}
        return Policy(
            recipe=name,
            recorded=self._recorded,
            proposals=self._asked,
            waited=self._waited,
            parent_rank=_mean(self._ranks),
            distinct=len(self._drawn) / len(self._fitness) if self._fitness else None,
            agreement=agreement,
            improvements=len(self._improved),
            hits=hits,
            lift=hits / agreement if hits is not None and agreement else None,
            verdicts=dict(self._verdicts.most_common()),
            elites=len(elites),
            coverage=figures.get("coverage"),
            qd_score=figures.get("qd_score"),
        )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def policies_table(policies: Sequence[Policy]) -> str:
    """Give the policies as people read them."""
    headers = ["recipe", "parent rank", "distinct", "agreement", "hits", "lift", "accepted", "elites"]
    rows = [
        [
            policy.recipe + ("  (recorded)" if policy.recorded else ""),
            number(policy.parent_rank, 2),
            number(policy.distinct, 2),
            number(policy.agreement, 2),
            number(policy.hits, 2),
            number(policy.lift, 2),
            percent(
                policy.verdicts.get("new", 0) + policy.verdicts.get("improved", 0),
                sum(policy.verdicts.values()),
            ),
            str(policy.elites),
            number(policy.coverage, 3),
            number(policy.qd_score),
        ]
        for policy in policies
    ]
    return table([*headers, "coverage", "QD score"], rows)
