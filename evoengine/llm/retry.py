"""When another attempt is worth it, and after how long."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from evoengine.llm.calls import AttemptError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to wait, and how long to go on.

    Attributes
    ----------
    base, cap
        Seconds: the ceiling of the first pause, and of any.
    patience
        Seconds of failures in a row, after which a call is given up. Answers of ``busy`` do not count.
    first_patience
        The same while the model has never answered: most likely its settings are wrong.
    """

    base: float = 0.5
    cap: float = 60.0
    patience: float = 600.0
    first_patience: float = 15.0

    def pause(self, failures: int, retry_after: float | None = None) -> float:
        """Give seconds before the attempt after `failures` failures, >= 1.

        Exponential backoff with full jitter: uniform in [0, min(cap, base 2^(failures - 1))]
        (Brooker 2015, "Exponential Backoff And Jitter"), and never before `retry_after`.
        """
        ceiling = min(self.cap, self.base * 2.0 ** min(failures - 1, 30))
        jitter = random.uniform(0.0, ceiling)  # noqa: S311 - it spreads load, and decides nothing
        return jitter if retry_after is None else max(jitter, retry_after)


class Attempts:
    """The failures of one call so far."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._failures = 0
        self._failing_since: float | None = None

    def failed(self, error: AttemptError, *, answered: bool) -> float | None:
        """Take a failure; give seconds to pause, or None when patience is at its end.

        Parameters
        ----------
        answered
            Whether the model has ever answered.
        """
        self._failures += 1
        pause = self._policy.pause(self._failures, error.retry_after)
        if error.busy:
            self._failing_since = None
            return pause
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        patience = self._policy.patience if answered else self._policy.first_patience
        return pause if now + pause - self._failing_since <= patience else None


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Give the seconds of ``retry-after-ms`` or ``Retry-After`` (a number or a date; RFC 9110, 10.2.3)."""
    try:
        milliseconds = headers.get("retry-after-ms")
        if milliseconds is not None:
            return max(0.0, float(milliseconds) / 1000.0)
        value = headers.get("retry-after", "")
        return max(0.0, float(value)) if value.strip().replace(".", "", 1).isdigit() else _until(value)
    except ValueError:
        return None


def _until(date: str) -> float | None:
    if not date:
        return None
    moment = parsedate_to_datetime(date)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
