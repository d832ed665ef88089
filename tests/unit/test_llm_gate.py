"""Who may call when, and after which pause."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.llm.calls import AttemptError
from evoengine.llm.gate import Breaker, Gate
from evoengine.llm.retry import Attempts, RetryPolicy, parse_retry_after


def test_a_gate_lets_so_many_through_in_order_and_halves_once_a_burst():
    async def work():
        gate, order, peak = Gate(4), [], 0

        async def one(n):
            nonlocal peak
            async with gate as begun:
                order.append(n)
                peak = max(peak, gate.in_flight)
                await asyncio.sleep(0.005)
                if n < 4:
                    gate.busy(begun, 0.0)
                else:
                    gate.answered()

        await asyncio.gather(*(one(n) for n in range(40)))
        return gate, order, peak

    gate, order, peak = asyncio.run(work())
    assert order == list(range(40))
    assert peak == 4
    assert gate.in_flight == 0
    assert gate.limit == 4


def test_a_gate_never_closes_for_good_and_grows_by_one_for_each_round():
    gate = Gate(8)
    for begun in range(1, 9):
        gate.busy(time.monotonic() + begun, 0.0)
    assert gate.limit == 1
    gate.answered()
    assert gate.limit == 2
    gate.answered()
    gate.answered()
    assert gate.limit == pytest.approx(2.9)


def test_a_pause_holds_everyone_back():
    async def work():
        gate = Gate(4)
        async with gate as begun:
            gate.busy(begun, 0.1)
        times = []

        async def one():
            async with gate:
                times.append(time.monotonic() - begun)

        await asyncio.gather(one(), one())
        return times

    assert min(asyncio.run(work())) >= 0.1


def test_a_cancelled_call_gives_its_place_away():
    async def work():
        gate = Gate(1)

        async def hold():
            async with gate:
                await asyncio.sleep(10)

        holding = asyncio.ensure_future(hold())
        waiting = asyncio.ensure_future(hold())
        admitted = asyncio.ensure_future(hold())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        holding.cancel()
        # Let through by the one that leaves, and cancelled before it notices.
        await asyncio.sleep(0)
        admitted.cancel()
        await asyncio.gather(holding, waiting, admitted, return_exceptions=True)
        async with asyncio.timeout(1), gate:
            return gate.in_flight

    assert asyncio.run(work()) == 1


def test_a_breaker_opens_after_failures_in_a_row_and_again_after_one():
    breaker = Breaker(threshold=3, rest=0.05)
    breaker.failed()
    breaker.failed()
    breaker.answered()
    breaker.failed()
    breaker.failed()
    assert breaker.wait == 0
    breaker.failed()
    assert 0 < breaker.wait <= 0.05
    time.sleep(0.06)
    assert breaker.wait == 0
    breaker.failed()
    assert breaker.wait > 0
    breaker.answered()
    assert breaker.wait == 0


@settings(max_examples=50)
@given(st.integers(1, 2000), st.none() | st.floats(0, 500))
def test_pauses_are_jittered_below_a_growing_ceiling_and_never_before_retry_after(failures, retry_after):
    policy = RetryPolicy(base=0.5, cap=60.0)
    pause = policy.pause(failures, retry_after)
    ceiling = min(60.0, 0.5 * 2 ** min(failures - 1, 30))
    assert (retry_after or 0.0) <= pause <= max(ceiling, retry_after or 0.0)


def test_pauses_spread_over_the_whole_range():
    pauses = [RetryPolicy(base=1.0).pause(3) for _ in range(300)]
    assert min(pauses) < 0.5
    assert max(pauses) > 3.5


def test_patience_ends_failures_but_not_waiting():
    attempts = Attempts(RetryPolicy(0.0, 0.0, patience=0.05, first_patience=0.0))
    failure, busy = AttemptError("down"), AttemptError("busy", busy=True, retry_after=3.0)
    assert attempts.failed(failure, answered=True) == 0.0
    time.sleep(0.06)
    assert attempts.failed(busy, answered=True) == 3.0
    assert attempts.failed(failure, answered=True) == 0.0, "patience begins anew after a busy answer"
    time.sleep(0.06)
    assert attempts.failed(failure, answered=True) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
    ],
)
def test_retry_after(headers, seconds):
    assert parse_retry_after(headers) == seconds


def test_retry_after_a_date():
    date = datetime.now(UTC) + timedelta(seconds=100)
    for text in (format_datetime(date, usegmt=True), format_datetime(date.replace(tzinfo=None))):
        assert 95 < parse_retry_after({"retry-after": text}) <= 100
