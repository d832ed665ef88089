"""The models of a run, behind one door."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from evoengine.budget import Budget
from evoengine.effects import Embed, Embedded, Generate, Generated, Message
from evoengine.errors import BudgetReachedError, ConfigError, ModelError
from evoengine.llm.cache import ReplyCache
from evoengine.llm.calls import AttemptError, Call, Completion, RefusedError
from evoengine.llm.gate import Breaker, Gate
from evoengine.llm.member import Member, ModelStatus
from evoengine.llm.meter import Meter, estimate
from evoengine.llm.opening import Opener
from evoengine.llm.retry import Attempts, RetryPolicy
from evoengine.llm.specs import ModelSpec
from evoengine.rng import stream
from evoengine.types import Usage


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
    stands in for it. What is merely busy is waited for.

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
        ranking = self._rank(request, rng)
        position = float(rng.random())
        call = Call(request.messages, request.n, request.temperature, proposal, step)
        if self._cache is not None:
            texts = self._cache.get(ranking[0].spec, ranking[0].tempered(call, position))
            if len(texts) == request.n:
                return Generated(texts, ranking[0].spec.name)
        answers = await self._sample(ranking, call, request.role, position)
        texts = tuple(text for answer in answers for text in answer.texts)
        member = answers[0].member
        if self._cache is not None:
            self._cache.put(member.spec, member.tempered(call, position), texts)
        usage = sum((answer.usage for answer in answers), Usage())
        return Generated(texts, member.spec.name, usage)

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
        ranking = self._rank(Generate((), role="embed"), stream(self._seed, proposal, f"model/{step}"))
        messages = tuple(Message("user", text) for text in request.texts)
        call = Call(messages, 0, None, proposal, step, embed=True)
        answer = await self._answer(ranking, call, "embed", 0.0)
        return Embedded(answer.completion.vectors, answer.member.spec.name, answer.usage)

    def _rank(self, request: Generate, rng: np.random.Generator) -> list[Member]:
        """Order the models for a request: the one that it names, then the others of its role.

        These by a weighted draw without replacement, sorted by exponential variates divided by weights
        (Efraimidis and Spirakis 2006, algorithm A-Res, in logarithms).
        """
        named = [member for member in self._members if member.spec.name == request.model]
        if request.model and not named:
            raise self._none(f"is called {request.model!r}")
        members = named + [m for m in self._members if request.role in m.spec.roles and m not in named]
        if not members:
            raise self._none(f"serves the role {request.role!r}")
        keys = [rng.exponential() / member.spec.weight for member in members]
        order = np.lexsort((keys, [member not in named for member in members]))
        return [members[index] for index in order]

    def _none(self, wish: str) -> ModelError:
        known = "; ".join(f"{m.spec.name} for {', '.join(m.spec.roles)}" for m in self._members)
        return ModelError(f"no model {wish}", cure=f"change the models; there are {known or 'none'}")

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
                kept = replace(completion, texts=completion.texts[: call.n])
                return _Answer(member, kept, reservation.usage)
            finally:
                self.meter.settle(reservation)


def _ready(ranking: Sequence[Member]) -> Member:
    """Give the first model that does not rest; where all do, the one that rests shortest."""
    return min(ranking, key=lambda member: member.breaker.wait)


def _require(ranking: Sequence[Member], member: Member, error: AttemptError) -> None:
    if not ranking:
        raise ModelError(
            f"{member.spec.label}: {error}, again and again",
            cure="see whether the endpoint is up and base_url is right, then evoengine resume",
        ) from None
