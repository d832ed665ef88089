"""The log folded to the state of a search.

`State` is the only place where an event takes effect: the engine calls it as things happen, `fold`
calls it for each event of a log, and so a resumed run stands exactly where the log ends.
"""

import hashlib
import json
import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from evoengine.budget import Budget
from evoengine.effects import Reply
from evoengine.encoding import decode_job, decode_known, decode_reply, decode_usage
from evoengine.ports import Recipe
from evoengine.problem import Measure, Problem
from evoengine.types import Evaluation, Event, Job, Known, Usage, Verdict, View

MEASURED = ("wall_seconds", "cpu_seconds", "memory_mb")
"""Fields of an evaluation that differ between two equal runs."""

INJECT = "inject"
"""The operator of a candidate that somebody brought along."""


@dataclass(slots=True)
class Pending:
    """A proposal that has been asked and has not ended.

    `known_before` is the number of candidates told when it was asked: what it may reuse. `evaluated`
    holds, by digest, what its conversation has looked at.
    """

    job: Job
    known_before: int
    replies: dict[int, Reply] = field(default_factory=dict[int, Reply])
    evaluated: dict[str, Evaluation] = field(default_factory=dict[str, Evaluation])


class State:
    """What the log folds to, the recipe's archive included.

    Of steering, `steered` is the number of the last row that was taken up, `hint` what all prompts say until
    another hint, and `injected` the genomes that wait for a proposal, as names and digests of their texts.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.header: Mapping[str, Any] = {}
        self.budget = Budget()
        self.at = 0.0
        self.seeded = 0
        self.asked = 0
        self.ended = 0
        self.candidates = 0
        self.fruitless = 0
        self.spent = Usage()
        self.statuses: Counter[str] = Counter()
        self.pending: dict[int, Pending] = {}
        self.best: Known | None = None
        self.stopped: str | None = None
        self.steered = 0
        self.hint = ""
        self.injected: deque[Mapping[str, str]] = deque()

    @property
    def known(self) -> int:
        """Candidates told, seeds included."""
        return self.seeded + self.candidates

    @property
    def paid(self) -> Usage:
        """What has been spent, with the recorded replies of proposals that have not ended."""
        open_replies = [reply for pending in self.pending.values() for reply in pending.replies.values()]
        return sum((reply.usage for reply in open_replies), self.spent)

    def started(self, header: Mapping[str, Any]) -> None:
        """Take the run's first event."""
        self.header = header
        self.budget = Budget.from_body(header.get("budget", {}))

    def seed(self, known: Known) -> Verdict:
        """Fold in one seed."""
        verdict = self._take(known)
        self.seeded += 1
        return verdict

    def ask(self, job: Job) -> Pending:
        """Fold in that a proposal was asked."""
        pending = self.pending[job.proposal] = Pending(job, self.known)
        self.asked = job.proposal + 1
        if job.operator == INJECT:
            self.injected.popleft()
        self.stopped = None
        return pending

    def reply(self, proposal: int, step: int, reply: Reply) -> None:
        """Fold in one paid reply of a proposal that has not ended."""
        self.pending[proposal].replies[step] = reply

    def tell(self, proposal: int, results: list[Known]) -> list[Verdict]:
        """Fold in a proposal's end with offspring."""
        verdicts: list[Verdict] = []
        for known in results:
            verdicts.append(self._take(known))
            self.candidates += 1
        self._end(proposal)
        self.fruitless = 0
        return verdicts

    def abandon(self, proposal: int, usage: Usage) -> None:
        """Fold in a proposal's end without offspring."""
        self.recipe.abandon(self.pending[proposal].job, usage)
        self.spent += usage
        self._end(proposal)
        self.fruitless += 1

    def steer(self, body: Mapping[str, Any]) -> None:
        """Fold in a change made to a running search; the recipe sees all of them."""
        self.steered = max(self.steered, body.get("number", 0))
        self.hint = body.get("hint", self.hint)
        if "budget" in body:
            self.budget = Budget.from_body(body["budget"])
        if "inject" in body:
            self.injected.append(body["inject"])
        self.recipe.steer(body)

    def next_job(self, view: View, rng: np.random.Generator) -> Job | None:
        """Give the job of a candidate that was injected, or else the recipe's, with the hint that holds."""
        if self.injected:
            return Job(view.proposal, INJECT, args={"genome": self.injected[0]})
        job = self.recipe.ask(view, rng)
        return replace(job, args={**job.args, "hint": self.hint}) if job and self.hint else job

    def answer(self, body: Mapping[str, Any]) -> None:
        """Fold in one paid answer to an evaluator, whose evaluation's usage leaves it out."""
        self.spent += decode_usage(body["usage"])

    def check(self, body: Mapping[str, Any]) -> None:
        """Fold in a final check: it costs, and changes nothing else."""
        for result in body["results"]:
            self.spent += decode_usage(result["evaluation"]["usage"])

    def stop(self, body: Mapping[str, Any]) -> None:
        """Fold in the end of a session."""
        self.stopped = body["reason"]

    def _take(self, known: Known) -> Verdict:
        verdict = self.recipe.tell(known.candidate, known.evaluation)
        self.spent += known.evaluation.usage
        self.statuses[known.evaluation.status] += 1
        fitness = known.evaluation.fitness
        best = None if self.best is None else self.best.evaluation.fitness
        if fitness is not None and (best is None or fitness > best):
            self.best = known
        elif self.best is not None and _supersedes(known, self.best):
            # It sank when it was evaluated again: another may be the best now.
            self.best = max((known, *self.recipe.elites()), key=_fitness)
        return verdict

    def _end(self, proposal: int) -> None:
        del self.pending[proposal]
        self.ended += 1

    def digest(self) -> str:
        """Give a digest of everything that decides how the search goes on; equal for equal logs."""
        elites = [(known.candidate.id, known.evaluation.fitness) for known in self.recipe.elites()]
        figures = [self.seeded, self.asked, self.ended, self.candidates, sorted(self.statuses.items())]
        content = [figures, self.recipe.best(), elites, sorted(self.recipe.stats().items())]
        return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()


def _supersedes(new: Known, old: Known) -> bool:
    """Whether a candidate is an old one that has been evaluated more often."""
    same = new.candidate.digest == old.candidate.digest
    return same and new.evaluation.repeats > old.evaluation.repeats


def _fitness(known: Known) -> float:
    fitness = known.evaluation.fitness
    return -math.inf if fitness is None else fitness


def fold(events: Iterable[Event], recipe: Recipe, fetch: Callable[[str], str]) -> State:
    """Fold a log into a state.

    Parameters
    ----------
    events
        The log, in order.
    recipe
        A fresh recipe of the kind and parameters that the log's first event names.
    fetch
        Gives a stored text by digest.

    Returns
    -------
    State
        Equal to the live state at the log's last commit (R1).
    """
    state = State(recipe)
    for event in events:
        apply(state, event, fetch)
    return state


_ASIDE: Mapping[str, Callable[[State, Mapping[str, Any]], None]] = {
    "run": State.started,
    "steered": State.steer,
    "answered": State.answer,
    "checked": State.check,
    "stopped": State.stop,
}
"""What events that belong to no proposal do."""


def apply(state: State, event: Event, fetch: Callable[[str], str]) -> list[Verdict]:
    """Let one event of a log take effect; give the verdicts on what it told."""
    state.at = event.at
    body = event.body
    match event.kind, event.proposal:
        case "told", int(proposal):
            return state.tell(proposal, [decode_known(result, fetch) for result in body["results"]])
        case "asked", int(proposal):
            state.ask(decode_job(proposal, body))
        case "replied", int(proposal):
            state.reply(proposal, body["step"], decode_reply(body, fetch))
        case "abandoned", int(proposal):
            state.abandon(proposal, decode_usage(body["usage"]))
        case "seeded", _:
            return [state.seed(decode_known(result, fetch)) for result in body["results"]]
        case kind, _ if kind in _ASIDE:
            _ASIDE[kind](state, body)
        case kind, _:
            raise ValueError(f"event {event.seq} is of the unknown kind {kind!r}")
    return []


def rebinned(problem: Problem, steered: Iterable[Event]) -> Problem:
    """Give a problem with the measures that the last re-binning of a run laid down, if there was one.

    A log is folded with these from its beginning: the archive is what it would be had they been there
    all the time, and so every version of them gives the same archive whenever it is folded.
    """
    for event in steered:
        if "measures" in event.body:
            measures = (Measure(**measure) for measure in event.body["measures"])
            problem = replace(problem, measures=tuple(map(_with_tuples, measures)))
    return problem


def _with_tuples(measure: Measure) -> Measure:
    return replace(measure, edges=tuple(measure.edges), categories=tuple(measure.categories))


def canonical(events: Iterable[Event]) -> list[Any]:
    """Give a log as R3 compares it.

    Left out: the clock, the start's date, measured seconds and memory, ``stopped`` events, and the
    journal of evaluations that were paid before they could be told. Model replies are grouped under
    their proposal, since their order of arrival carries no meaning.
    """
    rows: list[Any] = []
    replies: dict[int, list[Any]] = {}
    for event in events:
        if event.kind in {"stopped", "answered"}:
            continue
        if event.kind == "replied" and event.proposal is not None:
            if "evaluation" not in event.body:
                replies.setdefault(event.proposal, []).append(event.body)
            continue
        rows.append((event.kind, event.proposal, _unmeasured(event.body)))
    for group in replies.values():
        group.sort(key=lambda body: body["step"])
    return [*rows, sorted(replies.items())]


def _unmeasured(body: Mapping[str, Any]) -> Any:
    if "results" not in body:
        return {key: value for key, value in body.items() if key != "started"}
    results = [dict(result) for result in body["results"]]
    for result in results:
        result["evaluation"] = {k: v for k, v in result["evaluation"].items() if k not in MEASURED}
    return {**body, "results": results}
