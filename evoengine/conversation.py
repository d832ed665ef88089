"""One proposal from its job to its evaluated offspring: the interpreter of effects."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from evoengine.answers import Answers
from evoengine.effects import Effect, Embed, Evaluate, GaveUp, Reply
from evoengine.encoding import StoredGenome, decode_known
from evoengine.errors import ModelError
from evoengine.journal import Journal
from evoengine.noise import pooled
from evoengine.operators.racing import injected
from evoengine.ports import LLM, Executor, Recipe, Store, Task
from evoengine.problem import Problem
from evoengine.replay import INJECT, Pending, State
from evoengine.rng import derive_seed, stream
from evoengine.text import frozen, genome_digest
from evoengine.types import Candidate, Draft, Evaluation, Genome, Known, Usage

FAULT_STATUSES = ("evaluator_error", "sandbox_failure")
"""What is not the candidate's doing, and so says nothing about an equal program."""

_LIBRARY_SIZE = 8192


@dataclass(frozen=True, slots=True)
class Ended:
    """A conversation that is over, with its offspring evaluated (or none, and the reason if it gave one)."""

    pending: Pending
    results: tuple[Known, ...]
    usage: Usage
    reason: str = ""


class ToldCandidates:
    """The library of a run: the latest candidates from memory, the others from the log."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._recent: OrderedDict[str, Known] = OrderedDict()

    def __getitem__(self, candidate: str) -> Known:
        known = self._recent.get(candidate)
        if known is None:
            known = decode_known(self.store.result(candidate), self.store.text)
        self.add(known)
        return known

    def add(self, known: Known) -> None:
        """Keep a candidate at hand."""
        self._recent[known.candidate.id] = known
        self._recent.move_to_end(known.candidate.id)
        if len(self._recent) > _LIBRARY_SIZE:
            self._recent.popitem(last=False)


class Conversations:
    """Holds the conversations of one run: performs their effects and evaluates what they return.

    A reply is in the log before a conversation sees it, and a recorded one is never paid again.
    """

    def __init__(
        self,
        problem: Problem,
        recipe: Recipe,
        state: State,
        *,
        library: ToldCandidates,
        journal: Journal,
        executor: Executor,
        llm: LLM | None,
    ) -> None:
        self._problem = problem
        self._recipe = recipe
        self._library = library
        self._journal = journal
        self._executor = executor
        self._llm = llm
        self._answers = Answers(library.store, journal, state, llm)
        self._state = state
        self._seed: int = state.header["seed"]
        self._in_order = state.header["order"] == "proposal"
        self._allowed = {frozen(problem, seed) for seed in problem.seeds}

    async def hold(self, pending: Pending) -> Ended:
        """Hold the conversation of a proposal, recorded replies first, and evaluate its offspring."""
        job = pending.job
        rng = stream(self._seed, job.proposal, "vary")
        if job.operator == INJECT:
            genome = StoredGenome(job.args["genome"], self._library.store.text)
            conversation = injected(self._problem, genome, rng)
        else:
            conversation = self._recipe.vary(job, self._library, rng)
        step, usage, reason = 0, Usage(), ""
        try:
            effect = next(conversation)
            while True:
                reply = await self._perform(pending, step, effect)
                usage += reply.usage
                step += 1
                effect = conversation.send(reply)
        except StopIteration as stop:
            drafts: Sequence[Draft] = [
                d for d in stop.value if frozen(self._problem, d.genome) in self._allowed
            ]
            reason = stop.value.reason if isinstance(stop.value, GaveUp) else "frozen" if stop.value else ""
        if len(drafts) == 1:
            results = [await self._conclude(pending, step, 0, drafts[0])]
        else:
            concluding = [self._conclude(pending, step, n, d, journal=True) for n, d in enumerate(drafts)]
            results = list(await asyncio.gather(*concluding))
        if results:
            first = results[0]
            paid = replace(first.evaluation, usage=usage + first.evaluation.usage)
            results[0] = Known(first.candidate, paid)
        return Ended(pending, tuple(results), usage, reason)

    async def drop(self) -> None:
        """Give up what models are still asked for evaluators that have been stopped."""
        await self._answers.drop()

    async def _perform(self, pending: Pending, step: int, effect: Effect) -> Reply:
        """Have an effect done; its reply is in the log before the conversation sees it."""
        recorded = pending.replies.get(step)
        if isinstance(effect, Evaluate):
            return await self._look(pending, step, effect, recorded)
        if recorded is not None:
            return recorded
        proposal = pending.job.proposal
        if self._llm is None:
            raise ModelError(
                f"the operator {pending.job.operator!r} asks for a model, and none is configured",
                cure="give --model, or choose syntactic operators",
            )
        if isinstance(effect, Embed):
            reply = await self._llm.embed(effect, proposal=proposal, step=step)
        else:
            reply = await self._llm.generate(effect, proposal=proposal, step=step)
        self._journal.reply(proposal, step, reply, effect)
        self._journal.commit()
        return reply

    async def _look(
        self, pending: Pending, step: int, effect: Evaluate, recorded: Reply | None
    ) -> Evaluation:
        """Evaluate within a conversation; a program that it evaluates again costs nothing."""
        whole = not effect.cases and effect.stage is None and not effect.sample
        digest = genome_digest(effect.genome)
        seen = recorded if isinstance(recorded, Evaluation) else None
        if seen is None and whole:
            seen = self._reuse(pending, digest)
        elif seen is None and effect.sample == 1:
            seen = self._told(pending, digest)
        if seen is None:
            proposal = pending.job.proposal
            seen = await self.evaluate(
                effect.genome,
                digest,
                effect.cases,
                effect.stage,
                sample=effect.sample,
                proposal=proposal,
            )
            self._journal.reply(proposal, step, seen)
        if whole:
            pending.evaluated[digest] = seen
        return seen

    async def _conclude(
        self, pending: Pending, steps: int, number: int, draft: Draft, *, journal: bool = False
    ) -> Known:
        """Give a draft its id and its evaluation."""
        job = pending.job
        digest = genome_digest(draft.genome)
        candidate = Candidate(
            f"{job.proposal}-{number}",
            draft.genome,
            digest,
            draft.parents or job.parents,
            draft.operator or job.operator,
            draft.model,
            job.proposal,
            job.island if draft.island is None else draft.island,
            draft.notes,
        )
        step = steps + number
        recorded = pending.replies.get(step)
        evaluation = recorded if isinstance(recorded, Evaluation) else None
        if evaluation is None and draft.evaluation is not None:
            evaluation = replace(draft.evaluation, usage=Usage())  # paid with the replies it was made of
        evaluation = evaluation or self._reuse(pending, digest)
        if evaluation is None:
            evaluation = await self.evaluate(draft.genome, digest, proposal=job.proposal)
            if journal or (self._in_order and job.proposal != self._state.ended):
                self._journal.reply(job.proposal, step, evaluation)
        return Known(candidate, replace(evaluation, candidate=candidate.id))

    def _reuse(self, pending: Pending, digest: str) -> Evaluation | None:
        """Give the evaluation of an equal program from this conversation, or told before it was asked.

        Those told later are not looked at: what a proposal reuses must not depend on timing.
        """
        if digest in pending.evaluated:
            return replace(pending.evaluated[digest], usage=Usage())
        return self._told(pending, digest)

    def _told(self, pending: Pending, digest: str) -> Evaluation | None:
        """Give the evaluation of an equal program that was told before a proposal was asked."""
        found = self._library.store.find(digest)
        if found is None or found[1] >= pending.known_before:
            return None
        evaluation = self._library[found[0]].evaluation
        return None if evaluation.status in FAULT_STATUSES else replace(evaluation, usage=Usage())

    async def evaluate(
        self,
        genome: Genome,
        digest: str,
        cases: tuple[str, ...] = (),
        stage: int | None = None,
        *,
        sample: int = 0,
        proposal: int | None = None,
    ) -> Evaluation:
        """Evaluate a genome, paid as one evaluation."""
        task = Task(genome, cases, stage, self.trial_seed(digest, sample), sample)
        evaluation = await self._executor.evaluate(task, self._answers.of(proposal))
        return replace(evaluation, usage=Usage(evaluations=1))

    async def seed(self, genome: Genome) -> Evaluation:
        """Evaluate a seed; in a noisy problem with all repeats, since the noise is to be known."""
        if self._problem.noisy:
            return await self.repeat(genome, range(1, self._problem.repeats + 1))
        return await self.evaluate(genome, genome_digest(genome))

    async def repeat(self, genome: Genome, samples: Iterable[int]) -> Evaluation:
        """Evaluate a genome on several samples at once, and pool them."""
        digest = genome_digest(genome)
        return pooled(await asyncio.gather(*(self.evaluate(genome, digest, sample=n) for n in samples)))

    def trial_seed(self, digest: str, sample: int = 0) -> int:
        """Give the randomness of a trial: that of its program, so that an equal one would score the same."""
        return derive_seed(self._seed, digest, sample) if sample else derive_seed(self._seed, digest)
