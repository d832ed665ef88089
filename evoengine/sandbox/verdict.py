"""How a candidate failed: told from its wait status and what it used, never from its own word.

Only where it raised does its own account matter, and then only to itself and the next prompt.
"""

import math
import os
import signal
from collections.abc import Mapping
from typing import Any, cast

from evoengine.errors import CandidateFailure
from evoengine.problem import Limits
from evoengine.sandbox import wire
from evoengine.sandbox.lines import Ended

OUTPUT_FULL = 16 << 20
"""Bytes of captured output at which writing more fails."""
_MESSAGE_LIMIT = 2000
_LINE_LIMIT = 200
_LINES = 8


def cpu_seconds(limits: Limits) -> int:
    """Give the soft limit on CPU time, a whole number.

    Where a problem sets none it is one second above the wall limit, which then ends a busy loop first.
    """
    return math.ceil(limits.cpu_seconds or limits.wall_seconds + 1)


def ended(end: Ended, limits: Limits, *, output_full: bool = False) -> CandidateFailure:
    """Say what a child died of by itself."""
    if os.WIFEXITED(end.status):
        code = os.WEXITSTATUS(end.status)
        return CandidateFailure("exit", f"it ended its process with exit code {code}")
    number = os.WTERMSIG(end.status)
    cpu = cpu_seconds(limits)
    if number == signal.SIGXCPU or (number == signal.SIGKILL and end.cpu_seconds >= cpu):
        return CandidateFailure("cpu_limit", f"it used more than {cpu} s of CPU time")
    if number == signal.SIGSYS:
        return CandidateFailure("forbidden", "it asked the kernel for something the sandbox refuses")
    if number == signal.SIGXFSZ:
        return _full(output_full)
    if number == signal.SIGKILL and end.memory_mb > limits.memory_mb / 2:
        return CandidateFailure("memory_limit", "it was killed for the memory it used")
    return CandidateFailure("crash", f"it crashed with {_name(number)}")


def late(seconds: float) -> CandidateFailure:
    """Say that a wall limit was reached."""
    return CandidateFailure("timeout", f"it was stopped after {seconds:g} s, its limit")


def silent(*, lost: bool) -> CandidateFailure:
    """Say what a child did that stopped answering without ending."""
    if lost:
        return CandidateFailure("crash", "its sandbox ended with it")
    return CandidateFailure("no_result", "it closed the channel for its result")


def told(kind: bytes, account: Any, files: Mapping[str, str], *, output_full: bool) -> CandidateFailure:
    """Turn the candidate's own account of a failed call into feedback."""
    if kind == wire.LEFT:
        return CandidateFailure("exit", f"it raised SystemExit({_clean(account, _LINE_LIMIT)})")
    if kind == wire.UNPLAIN:
        return CandidateFailure("bad_result", f"it returned no plain data: {_clean(account, _MESSAGE_LIMIT)}")
    if kind not in {wire.RAISED, wire.BROKEN} or not isinstance(account, dict):
        return CandidateFailure("bad_result", "its answer is malformed")
    body = cast("dict[str, Any]", account)
    status = "invalid_source" if kind == wire.BROKEN else "error"
    if body.get("memory") is True:
        status = "memory_limit"
    elif body.get("disk") is True:
        status = _full(output_full).status
    return CandidateFailure(status, _explain(body, files))


def _full(output: bool) -> CandidateFailure:
    if output:
        return CandidateFailure("output_limit", f"it printed more than {OUTPUT_FULL >> 20} MiB")
    return CandidateFailure("disk_limit", "it wrote more than it may")


def _explain(body: Mapping[str, Any], files: Mapping[str, str]) -> str:
    """Give type, message and the lines of the candidate's own source that were being executed."""
    text = [f"{_clean(body.get('type'), 100)}: {_clean(body.get('message'), _MESSAGE_LIMIT)}"]
    lines = body.get("lines")
    for entry in cast("list[Any]", lines)[-_LINES:] if isinstance(lines, list) else []:
        match entry:
            case [str(name), int(number), str(function)] if name in files:
                where = f" in {_clean(function, 100)}" if function else ""
                text.append(f"  {name}, line {number}{where}: {_source(files[name], number)}")
            case _:
                continue
    return "\n".join(text)


def _source(text: str, number: int) -> str:
    lines = text.split("\n")
    return _clean(lines[number - 1].strip(), _LINE_LIMIT) if 0 < number <= len(lines) else ""


def _clean(value: Any, limit: int) -> str:
    """Cut a candidate's text and take out what could steer a terminal."""
    text = value[:limit] if isinstance(value, str) else ""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
