"""A warm, confined process that runs candidates and hands back data, never a score."""

from collections.abc import Sequence

from evoengine.errors import SandboxError
from evoengine.sandbox.client import Slot

LEVELS = ("subprocess",)
"""The levels of isolation, weakest first."""

__all__ = ["LEVELS", "Slot", "open_sandbox"]


def open_sandbox(*, preload: Sequence[str] = ("numpy",), level: str | None = None) -> Slot:
    """Start a slot.

    Parameters
    ----------
    preload
        Modules imported once, before any candidate.
    level
        One of `LEVELS`; None takes the best there is here. Raises `SandboxError` with cause and cure
        where the level cannot be had.
    """
    if level is not None and level not in LEVELS:
        raise SandboxError(f"there is no isolation level {level!r}", cure="use one of " + ", ".join(LEVELS))
    return Slot(preload, level or LEVELS[-1])
