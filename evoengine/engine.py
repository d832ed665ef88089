"""The one loop: ask, interpret effects, evaluate, log, tell.

Nothing else in evoengine runs a search. What differs between methods is in their recipes; what
differs between machines is behind the ports.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evoengine.conversation import FAULT_STATUSES, Conversations, Ended, ToldCandidates
from evoengine.effects import UNSEEN
from evoengine.encoding import Texts, encode_job, encode_known, encode_texts, encode_usage
from evoengine.errors import (
    BudgetReachedError,
    EvaluatorError,
    EvoengineError,
    RecipeStalledError,
    SandboxError,
    StoreError,
)
from evoengine.journal import Journal
from evoengine.ports import LLM, Clock, Executor, Observer, Recipe, Store
from evoengine.problem import Problem
from evoengine.replay import Pending, fold
from evoengine.rng import stream
from evoengine.text import genome_digest
from evoengine.types import Candidate, Evaluation, Known, View

FRUITLESS_LIMIT = 1000
PAID_FRUITLESS_LIMIT = 50
"""Proposals in a row without offspring, after which the search is taken for stalled; fewer where each is paid."""

FAULT_LIMIT = 5
"""Results in a row that are the evaluator's or the sandbox's fault, after which the run stops."""


class Engine:
    """Runs one search over a log, from wherever the log ends.

    Parameters
    ----------
    header
        The log's first event, ignored when the log has one: ``seed``, ``budget`` (a `Budget` body),
        ``order`` and ``window``, with whatever else identifies the run. In the order ``completion``
        results are told as they come; in the order ``proposal`` as they were asked, which makes two
        runs with deterministic ports equal, whatever the number of slots. At most ``window``
        proposals are asked and not told.
    clock
        Seconds, from any origin.
    window
        In completion order, takes the place of the log's, and is asked whenever there may be room: another
        machine has more slots, and a cluster grows.
    """

    def __init__(
        self,
        problem: Problem,
        recipe: Recipe,
        store: Store,
        executor: Executor,
        *,
        header: Mapping[str, Any],
        clock: Clock,
        window: Callable[[], int] | None = None,
        llm: LLM | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.recipe = recipe
        self.store = store
        self.observers = tuple(observers)
        self.state = fold(store.events(), recipe, store.text)
        if not self.state.header:
            header = {"seed": 0, "order": "completion", "window": 8, **header}
            store.append("run", None, 0.0, header, {})
            store.commit()
            self.state.started(header)
        self.run_seed: int = self.state.header["seed"]
        self.in_order = self.state.header["order"] == "proposal"
        self._window = None if self.in_order else window
        self.library = ToldCandidates(store)
        self._finished: asyncio.Queue[asyncio.Task[Ended] | StoreError] = asyncio.Queue()
        self.journal = Journal(store, clock, self.state.at, self._finished.put_nowait)
        self._conversations = Conversations(
            problem,
            recipe,
            self.state,
            library=self.library,
            journal=self.journal,
            executor=executor,
            llm=llm,
        )
        self._running: set[asyncio.Task[Ended]] = set()
        self._held: dict[int, Ended] = {}
        self._stop_reason: str | None = None
        self._faults = 0

    @property
    def window(self) -> int:
        """How many proposals may be in flight."""
        return self.state.header["window"] if self._window is None else self._window()

    @property
    def in_flight(self) -> int:
        """Conversations under way."""
        return len(self._running)

    def stop(self, reason: str = "interrupted") -> None:
        """Start nothing more; what is in flight is finished and told."""
        self._stop_reason = self._stop_reason or reason

    def abort(self, reason: str = "interrupted") -> None:
        """Drop what is in flight, which a resumed run does again."""
        self.stop(reason)
        for task in self._running:
            task.cancel()

    def steer(self, body: Mapping[str, Any]) -> None:
        """Change the search while it runs or before it goes on; the log keeps the change (see `State.steer`)."""
        texts: Texts = {}
        if "inject" in body:
            body = {**body, "inject": encode_texts(body["inject"], texts)}
        self.journal.append("steered", None, body, texts)
        self.state.steer(body)

    async def evaluate(self, candidate: Candidate) -> Evaluation:
        """Evaluate a candidate as it was before, outside the log, to see whether it is the same twice."""
        return await self._conversations.evaluate(candidate.genome, candidate.digest)

    async def check(self, names: Sequence[str], repeats: int) -> None:
        """Evaluate candidates anew on samples that no search has seen, into the log; it changes no archive."""
        known = [self.library[name] for name in names]
        samples = range(UNSEEN, UNSEEN + repeats)
        found = await asyncio.gather(
            *(self._conversations.repeat(one.candidate.genome, samples) for one in known)
        )
        texts: Texts = {}
        results = [encode_known(Known(k.candidate, e), texts) for k, e in zip(known, found, strict=True)]
        body = {"results": results}
        self.journal.append("checked", None, body, texts)
        self.state.check(body)
        self.journal.commit()

    async def run(self) -> str:
        """Search until a limit is reached or `stop` is called; give the reason.

        Raises
        ------
        RecipeStalledError
            The recipe waits with nothing in flight, or proposes without end and without offspring.
        EvaluatorError, SandboxError, ModelError, StoreError
            What failed. The log holds everything up to there, and a new engine goes on from it.
        """
        try:
            reason = await self._loop()
        except EvoengineError as error:
            if not isinstance(error, StoreError):
                self.journal.append("stopped", None, {"reason": type(error).__name__, "message": str(error)})
            raise
        else:
            self.journal.append("stopped", None, {"reason": reason, "state": self.state.digest()})
        finally:
            self.journal.commit()
        return reason

    async def _loop(self) -> str:
        try:
            await self.seed()
            for pending in list(self.state.pending.values()):
                self._start(pending)
            self._fill()
            while self._running:
                finished = await self._finished.get()
                if isinstance(finished, StoreError):
                    raise finished
                self._running.discard(finished)
                try:
                    ended = finished.result()
                except BudgetReachedError as refused:
                    # Its proposal stays open: resumed with more budget, the run takes it up again.
                    self.stop(refused.limit)
                else:
                    self._settle(ended)
        except asyncio.CancelledError:
            if self._stop_reason is None:
                raise
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            await self._conversations.drop()
        return self._stop_reason or self._limit() or "stalled"

    # Asking

    async def seed(self) -> None:
        """Evaluate and tell the seeds that the log lacks; `run` begins with it."""
        drafts = list(self.recipe.seeds())[self.state.seeded :]
        tasks = [asyncio.ensure_future(self._conversations.seed(draft.genome)) for draft in drafts]
        try:
            for draft, task in zip(drafts, tasks, strict=True):
                name, digest = f"seed-{self.state.seeded}", genome_digest(draft.genome)
                candidate = Candidate(name, draft.genome, digest, island=draft.island or 0, notes=draft.notes)
                self._tell(None, (Known(candidate, replace(await task, candidate=name)),))
        finally:
            for task in tasks:
                task.cancel()

    def _fill(self) -> None:
        """Ask until the window is full, a limit is reached or the recipe waits."""
        state = self.state
        while len(state.pending) < self.window and self._limit() is None:
            # A stopping run in proposal order goes on asking without starting, so that its log
            # stays a prefix of the uninterrupted one (R3).
            if self._stop_reason is not None and not self.in_order:
                return
            in_flight = len(state.pending)
            remaining = state.budget.remaining(state.candidates, in_flight)
            view = View(state.asked, state.ended, in_flight, remaining)
            job = state.next_job(view, stream(self.run_seed, view.proposal, "ask"))
            if job is None:
                if not state.pending:
                    raise RecipeStalledError(
                        f"the recipe waits for results at proposal {view.proposal}, but nothing is in flight",
                        cure="evoengine failures shows what came of the candidates so far",
                    )
                return
            self.journal.append("asked", job.proposal, encode_job(job))
            pending = state.ask(job)
            if self._stop_reason is None:
                self._start(pending)

    def _limit(self) -> str | None:
        state = self.state
        best = None if state.best is None else state.best.evaluation.fitness
        return state.budget.reached(
            candidates=state.candidates,
            in_flight=len(state.pending),
            spent=state.spent,
            seconds=self.journal.seconds,
            best=best,
        )

    def _start(self, pending: Pending) -> None:
        task = asyncio.ensure_future(self._conversations.hold(pending))
        self._running.add(task)
        task.add_done_callback(self._finished.put_nowait)

    # Telling

    def _settle(self, ended: Ended) -> None:
        """Tell what may be told: this result, or in proposal order the run of consecutive ones."""
        if not self.in_order:
            self._end(ended)
            return
        self._held[ended.pending.job.proposal] = ended
        while (next_ended := self._held.pop(self.state.ended, None)) is not None:
            self._end(next_ended)

    def _end(self, ended: Ended) -> None:
        proposal = ended.pending.job.proposal
        if ended.results:
            self._tell(proposal, ended.results)
        else:
            reason = {"reason": ended.reason} if ended.reason else {}
            self.journal.append("abandoned", proposal, {"usage": encode_usage(ended.usage), **reason})
            self.state.abandon(proposal, ended.usage)
            limit = PAID_FRUITLESS_LIMIT if ended.usage.calls else FRUITLESS_LIMIT
            if self.state.fruitless >= limit:
                raise RecipeStalledError(
                    f"{limit} proposals in a row had no offspring",
                    cure="the operators cannot change this genome: choose others, or mark more of it evolvable",
                )
        self._fill()

    def _tell(self, proposal: int | None, results: tuple[Known, ...]) -> None:
        texts: Texts = {}
        body = {"results": [encode_known(known, texts) for known in results]}
        if proposal is None:
            self.journal.append("seeded", None, body, texts)
            verdicts = [self.state.seed(known) for known in results]
        else:
            self.journal.append("told", proposal, body, texts)
            verdicts = self.state.tell(proposal, list(results))
        for known, verdict in zip(results, verdicts, strict=True):
            self.library.add(known)
            for observe in self.observers:
                observe(known, verdict)
            self._check_fault(known.evaluation)

    def _check_fault(self, evaluation: Evaluation) -> None:
        if evaluation.status not in FAULT_STATUSES:
            self._faults = 0
            return
        self._faults += 1
        if self._faults >= FAULT_LIMIT:
            fault = EvaluatorError if evaluation.status == "evaluator_error" else SandboxError
            said = f"{evaluation.status} {FAULT_LIMIT} times in a row:\n{evaluation.feedback}"
            raise fault(said, cure="mend it, try `evoengine check`, then `evoengine resume`")
