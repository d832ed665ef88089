"""Says which processor runs what.

Two processes that take turns are kept on one processor: a call then costs 13 microseconds instead of 70, for
the scheduler would wake each on an idle processor, and waking that one takes longer than the call. And what
measures time gets a processor of its own.
"""

import contextlib
import ctypes
import os
import sys

_LINUX = sys.platform == "linux"
_LIBC = ctypes.CDLL(None) if _LINUX else None


def here() -> int:
    """Give the processor that this thread runs on, -1 where that cannot be told."""
    return _LIBC.sched_getcpu() if _LIBC is not None else -1


def count() -> int:
    """Give how many processors this thread may run on."""
    return len(os.sched_getaffinity(0)) if _LINUX else os.cpu_count() or 1


def pin() -> frozenset[int]:
    """Keep this thread on its processor; give the set for `restore`."""
    if not _LINUX:
        return frozenset()
    before = frozenset(os.sched_getaffinity(0))
    follow(here())
    return before


def follow(cpu: int) -> None:
    """Move this thread to a processor, if it may run there."""
    if _LINUX and cpu >= 0:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {cpu})


def spare() -> int:
    """Give the last of this thread's processors, to be one candidate's alone; -1 where there is only one."""
    mine = os.sched_getaffinity(0) if _LINUX else frozenset[int]()
    return max(mine) if len(mine) > 1 else -1


def leave(cpu: int) -> frozenset[int]:
    """Keep this thread, and those it starts from now on, off a processor (-1: none); give the set for `restore`."""
    if cpu < 0:
        return frozenset()
    before = frozenset(os.sched_getaffinity(0))
    os.sched_setaffinity(0, before - {cpu})
    return before


def restore(before: frozenset[int]) -> None:
    """Undo `pin` or `leave`."""
    if _LINUX and before:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, before)
