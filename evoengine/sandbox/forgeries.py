"""Candidates that forge the trace of a simulation, with the harness they run under and the replay that they face."""

from itertools import compress, product
from typing import Any, cast

from evoengine.errors import CandidateFailure
from evoengine.sandbox.attacks import FORGE, case

CAPACITY = 10
ITEMS = [[5, 10], [4, 40], [6, 30], [3, 50], [1, 7], [2, 3]]
"""Weight and value of each, in the order in which they are offered."""
HARNESS = """
def simulate(candidate, items, capacity):
    taken, room, total = [], capacity, 0
    for weight, value in items:
        take = weight <= room and bool(candidate.take(weight, value, room))
        taken.append(take)
        room -= weight * take
        total += value * take
    return {"taken": taken, "total": total}
"""


def _best() -> int:
    chosen = [list(compress(ITEMS, mask)) for mask in product((False, True), repeat=len(ITEMS))]
    return max(sum(v for _, v in items) for items in chosen if sum(w for w, _ in items) <= CAPACITY)


BEST = _best()
"""What no feasible choice exceeds."""


def replay(trace: Any) -> int:
    """Give the value of what a trace says was taken. Raises `CandidateFailure` where it cannot have been."""
    taken: Any = cast("dict[str, Any]", trace).get("taken") if isinstance(trace, dict) else None
    if not isinstance(taken, list) or [type(take) for take in cast("list[Any]", taken)] != [bool] * len(
        ITEMS
    ):
        raise CandidateFailure("invalid", "the trace does not say of each item whether it was taken")
    items = list(compress(ITEMS, cast("list[bool]", taken)))
    if sum(weight for weight, _ in items) > CAPACITY:
        raise CandidateFailure("invalid", "more was taken than there is room for")
    return sum(value for _, value in items)


_SWAP_ITEMS = """
import sys
def take(weight, value, room):
    sys._getframe(1).f_locals["items"][:] = [[0, 99]] * 6
    return True
"""
_PAD_TRACE = """
import sys
def take(weight, value, room):
    sys._getframe(1).f_locals["taken"].extend([True] * 6)
    return True
"""
_SWAP_BUILTIN = """
import builtins
class Weightless(int):
    __rmul__ = lambda self, other: 0
builtins.bool = lambda thing: Weightless(1)
def take(weight, value, room):
    return True
"""


def _frame(text: str) -> str:
    """Give a candidate that answers in the harness's place."""
    return (
        f"{FORGE}def take(weight, value, room):\n    text = b'{text}'\n"
        "    put(b'V', struct.pack('<I', len(text)) + text)\n    os._exit(0)\n"
    )


FORGERIES = tuple(
    case(f"forged-trace-{name}", kinds, source, simulated=True)
    for name, kinds, source in (
        ("none", "ok", "def take(weight, value, room): return value > 20\n"),
        ("items", "invalid", _SWAP_ITEMS),
        ("padded", "invalid", _PAD_TRACE),
        ("builtin", "invalid", _SWAP_BUILTIN),
        ("infeasible", "invalid", _frame('{"taken": [true, true, true, true, true, true], "total": 140}')),
        ("total", "ok", _frame('{"taken": [false, false, false, true, false, false], "total": 999}')),
        ("types", "invalid", _frame('{"taken": [1, 1.0, "x", null, NaN, {}]}')),
    )
)
"""The first of them is honest."""
