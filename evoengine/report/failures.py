"""What goes wrong most, grouped by its cause."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NUMBER = re.compile(r"(?<![A-Za-z_])(0x[0-9a-fA-F]+|[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)")
_QUOTED = re.compile(r"'[^']{40,}'|\"[^\"]{40,}\"")
_RAISED = re.compile(r"^[A-Za-z_][\w.]*(: .*)?$")
_FRAME = re.compile(r'^\s*File ".*", line \d+, in (\w+)')
_TRACEBACK = "Traceback (most recent call last):"
_SIGNATURE_LIMIT = 120


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Candidates that failed in the same way: with one status and one `signature`.

    `example` is the id of the latest of them.
    """

    status: str
    signature: str
    count: int
    example: str


def signature(feedback: str) -> str:
    """Give what two failures of one cause have in common.

    Of a traceback it is the exception with the innermost function, else the first line; numbers,
    addresses and long quotations are replaced, since they differ from case to case.
    """
    lines = [line for line in feedback.splitlines() if line.strip()]
    if not lines:
        return ""
    line = lines[0].strip()
    if _TRACEBACK in feedback:
        raised = [text for text in lines if _RAISED.match(text)]
        frames = [match[1] for text in lines if (match := _FRAME.match(text))]
        line = raised[-1] if raised else lines[-1].strip()
        line += f" in {frames[-1]}" if frames else ""
    line = _QUOTED.sub("'...'", line)
    return _NUMBER.sub("N", line)[:_SIGNATURE_LIMIT]


def group_failures(failures: Iterable[tuple[str, str, str]]) -> list[FailureGroup]:
    """Group (candidate id, status, feedback) in the order told; the largest group first, then the earliest."""
    groups: dict[tuple[str, str], tuple[int, str]] = {}
    for candidate, status, feedback in failures:
        key = status, signature(feedback)
        groups[key] = groups.get(key, (0, ""))[0] + 1, candidate
    found = [FailureGroup(status, sign, total, latest) for (status, sign), (total, latest) in groups.items()]
    return sorted(found, key=lambda group: -group.count)
