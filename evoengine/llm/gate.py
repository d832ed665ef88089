"""How many calls a model takes at once, and whether it takes any."""

import asyncio
import time
from collections import deque


class Gate:
    """Lets a number of calls through at once that adapts to what the endpoint bears.

    Additive increase, multiplicative decrease (Chiu and Jain 1989): halved when the endpoint says that
    it is busy, at most once for the calls that were then under way, and grown by one for every `limit`
    answers, up to `concurrency`. First come, first served. Use as ``async with``.
    """

    def __init__(self, concurrency: int) -> None:
        self.concurrency = concurrency
        self.limit = float(concurrency)
        self.in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._not_before = 0.0
        self._halved_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def load(self) -> float:
        """Calls under way and waiting, relative to those that it lets through."""
        return (self.in_flight + len(self._waiting)) / int(self.limit)

    async def __aenter__(self) -> float:
        """Wait for one's turn; give the moment, for `halve`."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                await self.__aexit__()
            raise
        return time.monotonic()

    async def __aexit__(self, *_: object) -> None:
        self.in_flight -= 1
        self._admit()

    def answered(self) -> None:
        """Take it that a call was answered."""
        self.limit = min(float(self.concurrency), self.limit + 1.0 / self.limit)

    def busy(self, begun: float, pause: float) -> None:
        """Take it that a call that began at `begun` was turned away; let nothing through for `pause` seconds."""
        now = time.monotonic()
        if begun >= self._halved_at:
            self._halved_at = now
            self.limit = max(1.0, self.limit / 2.0)
        self._not_before = max(self._not_before, now + pause)

    def _admit(self) -> None:
        wait = self._not_before - time.monotonic()
        if wait > 0.0:
            if self._timer is None and self._waiting:
                self._timer = asyncio.get_running_loop().call_later(wait, self._resume)
            return
        while self._waiting and self.in_flight < int(self.limit):
            turn = self._waiting.popleft()
            if not turn.done():
                self.in_flight += 1
                turn.set_result(None)

    def _resume(self) -> None:
        self._timer = None
        self._admit()


class Breaker:
    """Keeps calls from a model that fails: after `threshold` failures in a row it is open for `rest` seconds.

    When it closes again, one more failure opens it (Nygard 2007, "Release It!").
    """

    def __init__(self, threshold: int = 5, rest: float = 30.0) -> None:
        self._threshold = threshold
        self._rest = rest
        self._failures = 0
        self._open_until = 0.0

    @property
    def wait(self) -> float:
        """Seconds until it takes calls, 0 when it does."""
        return max(0.0, self._open_until - time.monotonic())

    def answered(self) -> None:
        """Take it that a call was answered."""
        self._failures = 0
        self._open_until = 0.0

    def failed(self) -> None:
        """Take it that a call failed for another reason than that the endpoint is busy."""
        self._failures += 1
        if self._failures >= self._threshold:
            self._open_until = time.monotonic() + self._rest
