"""What a trial is measured by, all of it outside the candidate."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class TrialUsage:
    """What one trial used, measured outside the candidate."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_mb: float = 0.0
    output: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long calls took by a clock outside the candidate, in wall seconds; lower is better.

    `minimum` is the best of the repeats, the figure to compare; `spread` is how much slower the median was,
    relative to it: 0.05 says 5 % of noise. `values` are what the calls returned, in order.
    """

    minimum: float
    median: float
    spread: float
    values: tuple[Any, ...]

    @classmethod
    def of(cls, seconds: Sequence[float], values: Sequence[Any]) -> Self:
        """Sum up calls by the seconds that each took and the value that each gave."""
        best, middle = min(seconds), median(seconds)
        return cls(best, middle, (middle - best) / best, tuple(values))


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended: its exit code (or, negative, its signal), what it printed, and wall seconds."""

    status: int
    output: str
    errors: str
    wall_seconds: float
