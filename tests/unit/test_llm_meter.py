"""A budget that holds while calls are in flight."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.budget import Budget
from evoengine.effects import Message
from evoengine.errors import BudgetReachedError, ConfigError
from evoengine.llm import Meter, ModelSpec, Price
from evoengine.llm.meter import estimate_tokens
from evoengine.llm.specs import Tokens
from evoengine.types import Usage

SPEC = ModelSpec("m", price=Price(0.0, 1000.0), max_tokens=10)
MESSAGES = (Message("user", "x" * 35),)


def metered(budget, spent=None):
    meter = Meter()
    meter.begin(lambda: budget, spent or Usage())
    return meter


async def call(meter, tokens, *, seconds=0.0, lost=False, role="mutate", spec=SPEC):
    reservation = await meter.reserve(spec, role, MESSAGES, 1)
    await asyncio.sleep(seconds)
    if lost:
        meter.lost(reservation)
    else:
        meter.answered(reservation, tokens)
    meter.settle(reservation)


def test_accounts_by_model_and_role():
    async def work():
        meter = metered(Budget())
        await call(meter, Tokens(5, 7, cached=2))
        await call(meter, Tokens(5, 7), role="judge")
        await call(meter, None, lost=True)
        return meter

    meter = asyncio.run(work())
    mutate, judge = meter.accounts["m", "mutate"], meter.accounts["m", "judge"]
    assert mutate.usage == Usage(0, 2, 5 + 14, 7 + 10, pytest.approx(0.017))
    assert (mutate.cached_tokens, mutate.lost, judge.lost) == (2, 1, 0)
    assert meter.spent == mutate.usage + judge.usage


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10), st.integers(0, 3), st.booleans()), min_size=1, max_size=30),
    st.sampled_from(["calls", "tokens", "dollars"]),
    st.integers(1, 200),
)
def test_no_order_of_calls_exceeds_a_limit_by_more_than_one_call(calls, name, limit):
    """Eight at once, each with its own output and length; some answers are lost."""
    limit = {"calls": limit // 8 + 1, "tokens": limit, "dollars": limit / 1000}[name]
    refused = []

    async def work():
        meter = metered(Budget(**{name: limit}))
        gate = asyncio.Semaphore(8)

        async def one(output, ticks, lost):
            async with gate:
                try:
                    await call(meter, Tokens(14, output), seconds=ticks * 1e-4, lost=lost)
                except BudgetReachedError as error:
                    refused.append(error.limit)

        await asyncio.gather(*(one(*arguments) for arguments in calls))
        return meter

    meter = asyncio.run(work())
    spent = meter.spent
    amount = {"calls": spent.calls, "tokens": spent.tokens_in + spent.tokens_out, "dollars": spent.dollars}[
        name
    ]
    assert amount < limit + {"calls": 1, "tokens": 24, "dollars": 0.01}[name] + 1e-9
    assert set(refused) <= {name}
    assert bool(refused) <= (amount >= limit)
    assert spent.calls + len(refused) == len(calls)


def test_a_call_waits_while_others_may_leave_room_and_is_refused_when_they_did_not():
    async def work(output):
        meter = metered(Budget(dollars=0.025))
        order = []

        async def one(n):
            await call(meter, Tokens(0, output), seconds=0.01)
            order.append(n)

        results = await asyncio.gather(*(one(n) for n in range(4)), return_exceptions=True)
        return order, [type(result) for result in results], meter.spent.calls

    assert asyncio.run(work(1)) == ([0, 1, 2, 3], [type(None)] * 4, 4)
    order, kinds, calls = asyncio.run(work(10))
    assert order == [0, 1, 2], "two at a time, and the third alone, as there is something left"
    assert kinds[3] is BudgetReachedError
    assert calls == 3


def test_estimates_learn_from_what_prompts_really_took():
    async def work():
        meter = metered(Budget())
        await call(meter, Tokens(3 * estimate_tokens(MESSAGES), 1))
        return await meter.reserve(SPEC, "mutate", MESSAGES, 2)

    reservation = asyncio.run(work())
    assert reservation.estimate == Usage(0, 1, 3 * (10 + 4), 20, pytest.approx(0.02))


def test_a_cancelled_call_leaves_no_reservation():
    async def work():
        meter = metered(Budget(calls=1))
        first = await meter.reserve(SPEC, "mutate", MESSAGES, 1)
        waiting = asyncio.ensure_future(meter.reserve(SPEC, "mutate", MESSAGES, 1))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        meter.settle(first)
        async with asyncio.timeout(1):
            await call(meter, Tokens(1, 1))
        return meter.spent.calls

    assert asyncio.run(work()) == 1


def test_dollars_need_prices():
    free, unknown = SPEC, ModelSpec("u")
    metered(Budget(calls=3)).check_prices([free, unknown])
    meter = metered(Budget(dollars=1.0))
    meter.check_prices([free])
    with pytest.raises(ConfigError, match=r"model u at .*price is unknown") as caught:
        meter.check_prices([free, unknown])
    assert "[[models]]" in caught.value.cure
    with pytest.raises(ConfigError, match="unknown"):
        asyncio.run(meter.reserve(unknown, "mutate", MESSAGES, 1))


def test_a_raised_budget_is_seen_at_once():
    budget = Budget(calls=1)
    meter = Meter()
    meter.begin(lambda: budget, Usage(calls=1))

    async def work():
        nonlocal budget
        with pytest.raises(BudgetReachedError, match="budget of calls is spent"):
            await call(meter, Tokens(1, 1))
        budget = Budget(calls=2)
        await call(meter, Tokens(1, 1))

    asyncio.run(work())
    assert meter.spent.calls == 2


def test_a_call_turned_away_settles_its_own_reservation_and_not_an_equal_one():
    async def work():
        meter, spec = Meter(), ModelSpec("m")
        answered, turned_away = [await meter.reserve(spec, "mutate", (), 1) for _ in range(2)]
        meter.settle(turned_away)
        meter.answered(answered, Tokens(1, 1))
        meter.settle(answered)
        return meter.spent.calls

    assert asyncio.run(work()) == 1
