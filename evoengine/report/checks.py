"""What a final check found: fitness on fresh randomness beside the fitness that the search saw."""

from dataclasses import dataclass
from typing import Any

from evoengine.noise import interval
from evoengine.report.formats import number
from evoengine.types import Evaluation


@dataclass(frozen=True, slots=True)
class Check:
    """One candidate's check.

    Attributes
    ----------
    candidate
        Its id.
    claimed
        Its mean fitness in the search.
    evaluation
        All that the check found, pooled.
    """

    candidate: str
    claimed: float | None
    evaluation: Evaluation

    @property
    def mean(self) -> float | None:
        """The mean fitness in the check; None where the candidate failed."""
        return self.evaluation.fitness

    @property
    def luck(self) -> float | None:
        """How much of the claimed fitness did not come back; below 0 where it was bad luck."""
        return None if self.mean is None or self.claimed is None else self.claimed - self.mean

    @property
    def interval_text(self) -> str:
        """The 95 % confidence interval of the mean."""
        found = interval(self.evaluation)
        return "-" if found is None else f"{number(found[0])} .. {number(found[1])}"

    def to_json(self) -> dict[str, Any]:
        """Give the record as plain data."""
        return {
            "candidate": self.candidate,
            "claimed": self.claimed,
            "mean": self.mean,
            "luck": self.luck,
            "interval": interval(self.evaluation),
            "repeats": self.evaluation.repeats,
            "status": self.evaluation.status,
        }
