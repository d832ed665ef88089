"""The models of a run, behind one door."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from evoengine.budget import Budget
from evoengine.effects import Embed, Embedded, Generate, Generated, Message
from evoengine.errors import BudgetReachedError, ConfigError, ModelError
from evoengine.llm.cache import ReplyCache
from evoengine.llm.calls import AttemptError, Call, Completion, RefusedError
from evoengine.llm.gate import Breaker, Gate
from evoengine.llm.member import Member, ModelStatus
from evoengine.llm.meter import Meter, estimate
from evoengine.llm.opening import Opener
from evoengine.llm.ranking import rank, replicas
from evoengine.llm.retry import Attempts, RetryPolicy
from evoengine.llm.specs import ModelSpec
from evoengine.rng import stream
from evoengine.types import Usage

_EVALUATING = ("task", "judge")
"""Roles of evaluators: an evaluation under way is to end before a new proposal begins."""


@dataclass(frozen=True, slots=True)
class _Answer:
    member: Member
    completion: Completion
    usage: Usage

    @property
    def texts(self) -> tuple[str, ...]:
        return self.completion.texts


class ModelPool:
    """Answers `Generate` effects with the models of a run: chosen, metered, asked again and replaced.

    A request goes to the model that it names, or to one of its role, drawn by weight from the stream
    ``model/<step>`` of its proposal. While that model fails again and again, the next one of the role
    stands in for it. What is merely busy is waited for. Several endpoints of one model, with the same
    settings, are its replicas: prompts that begin alike go to the same one as long as that has room.

    Use as ``async with`` (or `start` and `close`), and call `begin` before the first request.

    Parameters
    ----------
    specs
        At least one; a name may stand for several endpoints.
    cache
        Answers from other runs; closed with the pool.
    environment
        Holds the keys; by default the process's own.
    """

    def __init__(
        self,
        specs: Sequence[ModelSpec],
        *,
        cache: ReplyCache | None = None,
        policy: RetryPolicy | None = None,
        breaker: Callable[[], Breaker] = Breaker,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        if not specs:
            raise ConfigError("there is no model in the pool", cure="give --model, or [[models]]")
        addresses = [(spec.name, spec.base_url) for spec in specs]
        for spec in specs:
            if addresses.count((spec.name, spec.base_url)) > 1:
                raise ConfigError(f"{spec.label} is given twice", cure="remove one of the two")
        self.specs = tuple(specs)
        self.meter = Meter()
        self._seed = 0
        self._cache = cache
        self._policy = policy or RetryPolicy()
        self._breaker = breaker
        self._opener = Opener(environment)
        self._members: list[Member] = []

    @property
    def concurrency(self) -> int:
        """How many calls the models that mutate take at once, all together."""
        return sum(spec.concurrency for spec in self.specs if "mutate" in spec.roles)

    def begin(self, seed: int, budget: Callable[[], Budget], spent: Usage) -> None:
        """Take the run's seed, its budget, which may change meanwhile, and what it has spent so far.

        Raises `ConfigError` when the budget is in dollars and a price is unknown.
        """
        self._seed = seed
        self.meter.begin(budget, spent)
        self.meter.check_prices(self.specs)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Make ready: find keys, load scripts, start local servers, ask for names that were left open.

        Raises `ConfigError` or `ModelError`.
        """
        try:
            for spec in self.specs:
                opened, client = await self._opener.open(spec)
                self._members.append(Member(opened, client, Gate(spec.concurrency), self._breaker()))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close connections and stop local servers. May be called twice."""
        self._members.clear()
        await self._opener.close()
        if self._cache is not None:
            self._cache.close()

    def status(self) -> list[ModelStatus]:
        """Give how each model stands, in the order of `specs`."""
        return [member.status() for member in self._members]

    async def generate(self, request: Generate, *, proposal: int, step: int) -> Generated:
        """Ask a model for `request.n` samples.

        Returns
        -------
        Generated
            The samples; fewer where the budget ends or the endpoint gives no more, none where it
            refuses the prompt. The usage holds calls whose answers were lost on the way, too.

        Raises
        ------
        BudgetReachedError
            No call can be paid.
        ModelError
            A key, a name or a setting is wrong, or failures outlast the policy's patience.
        """
        rng = stream(self._seed, proposal, f"model/{step}")
        ranking = rank(self._members, request, rng)
        position = float(rng.random())
        call = Call(
            request.messages,
            request.n,
            request.temperature,
            proposal,
            step,
            seed=self._seed,
            choices=request.choices,
            priority=int(request.role not in _EVALUATING),
        )
        if self._cache is not None:
            known = self._cache.get(self._first(ranking[0]), ranking[0].tempered(call, position))
            if len(known.texts) == request.n:
                return Generated(known.texts, ranking[0].spec.name, likelihoods=known.likelihoods)
        answers = await self._sample(ranking, call, request.role, position)
        member, completion = answers[0].member, _joined([answer.completion for answer in answers])
        if self._cache is not None:
            self._cache.put(self._first(member), member.tempered(call, position), completion)
        usage = sum((answer.usage for answer in answers), Usage())
        return Generated(completion.texts, member.spec.name, usage, completion.likelihoods)

    def _first(self, member: Member) -> ModelSpec:
        """Give the first replica of a member's model: what is kept of it must not depend on which one answered."""
        return replicas(self._members, member)[0].spec

    async def embed(self, request: Embed, *, proposal: int, step: int) -> Embedded:
        """Ask a model of the role ``embed`` for vectors.

        Returns
        -------
        Embedded
            One vector a text; none where no model has the role, or the one that has refuses the texts.

        Raises
        ------
        BudgetReachedError, ModelError
            As `generate` does.
        """
        if not request.texts or not any("embed" in member.spec.roles for member in self._members):
            return Embedded(())
        messages = tuple(Message("user", text) for text in request.texts)
        rng = stream(self._seed, proposal, f"model/{step}")
        ranking = rank(self._members, Generate(messages, role="embed"), rng)
        call = Call(messages, 0, None, proposal, step, embed=True)
        answer = await self._answer(ranking, call, "embed", 0.0)
        return Embedded(answer.completion.vectors, answer.member.spec.name, answer.usage)

    async def _sample(self, ranking: list[Member], call: Call, role: str, position: float) -> list[_Answer]:
        """Make the calls that a request takes: one, or more where a call gives fewer samples than asked."""
        first = await self._answer(ranking, call, role, position)
        missing = call.n - len(first.texts)
        if missing == 0 or not first.texts:
            return [first]
        first.member.single = True
        one = replace(call, n=1)
        others = await asyncio.gather(
            *(self._answer([first.member], one, role, position) for _ in range(missing)),
            return_exceptions=True,
        )
        answers = [first]
        for other in others:
            if isinstance(other, _Answer):
                answers.append(other)
            elif not isinstance(other, BudgetReachedError | ModelError):
                raise other
        return answers

    async def _answer(self, ranking: list[Member], call: Call, role: str, position: float) -> _Answer:
        """Make attempts until one is answered."""
        attempts = {id(member): Attempts(self._policy) for member in ranking}
        ranking = list(ranking)
        wasted = Usage()
        while True:
            member = _ready(ranking)
            try:
                answer = await self._attempt(member, member.tempered(call, position), role)
            except AttemptError as error:
                wasted += error.usage
                member.trouble = str(error)
                pause = attempts[id(member)].failed(error, answered=member.answered)
                if pause is None:
                    ranking.remove(member)
                    _require(ranking, member, error)
                elif (following := _ready(ranking)) is member or following.breaker.wait:
                    await asyncio.sleep(pause)
            else:
                return replace(answer, usage=answer.usage + wasted)

    async def _attempt(self, member: Member, call: Call, role: str) -> _Answer:
        """Make one attempt under the gate and the meter. Raises `AttemptError` or `ModelError`."""
        async with member.gate as begun:
            if member.single:
                call = replace(call, n=min(call.n, 1))
            reservation = await self.meter.reserve(member.spec, role, call.messages, call.n)
            try:
                completion = await member.complete(call)
            except AttemptError as error:
                if error.lost:
                    self.meter.lost(reservation)
                error.usage = reservation.usage
                if error.busy:
                    member.gate.busy(begun, error.retry_after or 0.0)
                else:
                    member.breaker.failed()
                raise
            except RefusedError as error:
                if not member.answered and not call.embed:
                    # Of a model that has yet to answer anything, the settings are the likelier cause.
                    raise ModelError(
                        f"{member.spec.label}: its first request is refused ({error})",
                        cure="lower max_tokens, or choose a model with a longer context",
                    ) from None
                return _Answer(member, Completion((), None), Usage())
            else:
                self.meter.answered(
                    reservation, completion.tokens or estimate(call.messages, completion.texts)
                )
                member.gate.answered()
                member.breaker.answered()
                member.answered = True
                kept = replace(
                    completion, texts=completion.texts[: call.n], likelihoods=completion.likelihoods[: call.n]
                )
                return _Answer(member, kept, reservation.usage)
            finally:
                self.meter.settle(reservation)


def _joined(completions: Sequence[Completion]) -> Completion:
    """Give the samples of several calls as those of one; where one lacks likelihoods, they all do."""
    texts = tuple(text for completion in completions for text in completion.texts)
    told = tuple(each for completion in completions for each in completion.likelihoods)
    return Completion(texts, None, likelihoods=told if len(told) == len(texts) else ())


def _ready(ranking: Sequence[Member]) -> Member:
    """Give the first model that does not rest; where all do, the one that rests shortest."""
    return min(ranking, key=lambda member: member.breaker.wait)


def _require(ranking: Sequence[Member], member: Member, error: AttemptError) -> None:
    if not ranking:
        raise ModelError(
            f"{member.spec.label}: {error}, again and again",
            cure="see whether the endpoint is up and base_url is right, then evoengine resume",
        ) from None
