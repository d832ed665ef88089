"""What a run may spend, and why it stops."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from evoengine.types import Usage


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits on a whole run, sessions added up; None is no limit.

    Attributes
    ----------
    candidates
        Offspring told; seeds are not counted.
    evaluations, calls, tokens, dollars
        As `Usage` counts them; tokens in and out together.
    seconds
        The run's own clock.
    target
        The fitness at which the search is done.
    """

    candidates: int | None = None
    evaluations: int | None = None
    calls: int | None = None
    tokens: int | None = None
    dollars: float | None = None
    seconds: float | None = None
    target: float | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and field.name != "target" and value < 0:
                raise ValueError(f"budget {field.name} is {value}; it cannot be negative")

    def remaining(self, candidates: int, in_flight: int) -> int | None:
        """Give how many candidates may still be asked for, or None where they are not limited."""
        return None if self.candidates is None else max(0, self.candidates - candidates - in_flight)

    def reached(
        self, *, candidates: int, in_flight: int, spent: Usage, seconds: float, best: float | None
    ) -> str | None:
        """Name the limit that forbids asking for another candidate, or give None.

        What is in flight counts as one candidate and one evaluation a proposal, so that a run
        of single-evaluation proposals ends exactly on its limit.
        """
        if self.target is not None and best is not None and best >= self.target:
            return "target"
        used = {
            "candidates": candidates + in_flight,
            "evaluations": spent.evaluations + in_flight,
            "calls": spent.calls,
            "tokens": spent.tokens_in + spent.tokens_out,
            "dollars": spent.dollars,
            "seconds": seconds,
        }
        for name, amount in used.items():
            limit = getattr(self, name)
            if limit is not None and amount >= limit:
                return name
        return None

    def to_body(self) -> dict[str, Any]:
        """Give the limits that are set, for the log."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Budget":
        """Undo `to_body`."""
        return cls(**body)
