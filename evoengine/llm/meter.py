"""A budget that holds while calls are in flight."""

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from evoengine.budget import Budget
from evoengine.effects import Message
from evoengine.errors import BudgetReachedError, ConfigError
from evoengine.llm.specs import ModelSpec, Tokens
from evoengine.types import Usage

BYTES_PER_TOKEN = 3.5
MESSAGE_TOKENS = 4

NOTHING = Usage()


@dataclass(slots=True)
class Account:
    """What one model was asked for in one role.

    `lost` counts calls whose answer did not arrive whole; `usage` holds them at their estimate.
    """

    usage: Usage = NOTHING
    cached_tokens: int = 0
    lost: int = 0


@dataclass(slots=True, eq=False)
class Reservation:
    """What a call may come to, and when it is over what it did. Equal ones are still two."""

    spec: ModelSpec
    role: str
    estimate: Usage
    plain_estimate: int
    usage: Usage = NOTHING


class Meter:
    """Reserves what a call may come to before it is made, and settles what it came to.

    What is spent and what is reserved never exceed the limits together, except that a call which is
    alone in flight may be made as long as anything at all is left: so the limits are exceeded by
    less than one call. A call that must wait for others to settle does.
    """

    def __init__(self) -> None:
        self.spent = Usage()
        self.accounts: dict[tuple[str, str], Account] = {}
        self._budget: Callable[[], Budget] = Budget
        self._reserved: list[Reservation] = []
        self._turn = asyncio.Lock()
        self._settled = asyncio.Event()
        self._scale: dict[str, float] = {}

    def begin(self, budget: Callable[[], Budget], spent: Usage) -> None:
        """Set the limits, which may change meanwhile, and what earlier sessions have spent."""
        self._budget = budget
        self.spent = spent

    def check_prices(self, specs: Iterable[ModelSpec]) -> None:
        """Raise `ConfigError` where dollars are limited and a price is unknown."""
        if self._budget().dollars is None:
            return
        for spec in specs:
            if spec.price is None:
                raise ConfigError(
                    f"{spec.label}: its price is unknown, and the budget is in dollars",
                    cure="give price (input, output, cached_input: dollars per million tokens; 0 if it is free)"
                    " in [[models]], or limit tokens or calls",
                )

    async def reserve(self, spec: ModelSpec, role: str, messages: Sequence[Message], n: int) -> Reservation:
        """Reserve what a call may come to, waiting for others to settle where that decides.

        The prompt is estimated from its length, corrected by what earlier estimates for this model
        fell short by; the output is taken at its limit.

        Raises
        ------
        BudgetReachedError
            A limit is spent.
        ConfigError
            The budget is in dollars and the price is unknown.
        """
        self.check_prices([spec])
        plain = estimate_tokens(messages)
        tokens = Tokens(math.ceil(plain * self._scale.get(spec.name, 1.0)), n * spec.max_tokens)
        reservation = Reservation(spec, role, usage_of(spec, tokens), plain)
        async with self._turn:
            while not self._fits(reservation.estimate):
                self._settled.clear()
                await self._settled.wait()
            self._reserved.append(reservation)
        return reservation

    def settle(self, reservation: Reservation) -> None:
        """Replace a reservation by the usage that it was given: none where the call was not made."""
        self._reserved.remove(reservation)
        self.spent += reservation.usage
        key = (reservation.spec.name, reservation.role)
        account = self.accounts.setdefault(key, Account())
        account.usage += reservation.usage
        self._settled.set()

    def answered(self, reservation: Reservation, tokens: Tokens) -> None:
        """Take the usage of an answered call, before it is settled."""
        spec = reservation.spec
        reservation.usage = usage_of(spec, tokens)
        account = self.accounts.setdefault((spec.name, reservation.role), Account())
        account.cached_tokens += tokens.cached
        shortfall = tokens.prompt / max(1, reservation.plain_estimate)
        self._scale[spec.name] = max(self._scale.get(spec.name, 1.0), shortfall)

    def lost(self, reservation: Reservation) -> None:
        """Take a call whose answer was lost at its estimate: it is most likely paid."""
        reservation.usage = reservation.estimate
        self.accounts.setdefault((reservation.spec.name, reservation.role), Account()).lost += 1

    def _fits(self, estimate: Usage) -> bool:
        """Whether a call can be made now. Raises `BudgetReachedError` when it never can."""
        limits = self._limits()
        for name, limit in limits.items():
            if _amount(self.spent, name) >= limit:
                raise BudgetReachedError(name)
        if not self._reserved:
            return True
        total = sum((reservation.estimate for reservation in self._reserved), self.spent + estimate)
        return all(_amount(total, name) <= limit for name, limit in limits.items())

    def _limits(self) -> dict[str, float]:
        budget = self._budget()
        limits = {"calls": budget.calls, "tokens": budget.tokens, "dollars": budget.dollars}
        return {name: limit for name, limit in limits.items() if limit is not None}


def estimate_tokens(messages: Iterable[Message]) -> int:
    """Estimate the tokens of a prompt: one for 3.5 bytes, and four for each message."""
    contents = [message.content.encode("utf-8", "replace") for message in messages]
    return math.ceil(sum(map(len, contents)) / BYTES_PER_TOKEN) + MESSAGE_TOKENS * len(contents)


def estimate(messages: Iterable[Message], texts: Iterable[str]) -> Tokens:
    """Estimate the tokens of an answered call from the lengths of its texts."""
    answers = [math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN) for text in texts]
    return Tokens(estimate_tokens(messages), sum(answers))


def usage_of(spec: ModelSpec, tokens: Tokens) -> Usage:
    """Give the usage of one call; an unknown price counts no dollars."""
    dollars = 0.0 if spec.price is None else spec.price.dollars(tokens)
    return Usage(calls=1, tokens_in=tokens.prompt, tokens_out=tokens.output, dollars=dollars)


def _amount(usage: Usage, limit: str) -> float:
    match limit:
        case "calls":
            return usage.calls
        case "tokens":
            return usage.tokens_in + usage.tokens_out
        case _:
            return usage.dollars
