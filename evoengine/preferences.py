"""What people and judges say of two candidates, as plain data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

_NOTES = re.compile(r"\[(\S+) (over|ties with) (\S+?)(?: for (\S+))?\]$")


@dataclass(frozen=True, slots=True)
class Preference:
    """One candidate over another, by id, or a tie of the two.

    With a `reference`, the question was which of them is more like it.
    """

    better: str
    worse: str
    reference: str = ""
    tie: bool = False

    @classmethod
    def of_body(cls, body: Mapping[str, Any]) -> Self | None:
        """Read a ``steered`` event, a person's answer; None where it holds no preference."""
        match body.get("preference"):
            case {"better": str(better), "worse": str(worse), **more}:
                return cls(better, worse, str(more.get("reference", "")), bool(more.get("tie", False)))
            case _:
                return None

    @classmethod
    def of_notes(cls, notes: str) -> Self | None:
        """Read the end of a candidate's notes, a judge's answer; None where there is none."""
        found = _NOTES.search(notes)
        return cls(found[1], found[3], found[4] or "", found[2] != "over") if found else None

    def to_notes(self) -> str:
        """Write it for the notes of the candidate in whose making a judge was asked: so the log holds it."""
        verb = "ties with" if self.tie else "over"
        return f"[{self.better} {verb} {self.worse}{f' for {self.reference}' if self.reference else ''}]"
