"""A warm, confined process that runs candidates and hands back data, never a score."""

from collections.abc import Sequence

from evoengine.errors import SandboxError
from evoengine.sandbox import devices as opening
from evoengine.sandbox import probe
from evoengine.sandbox.client import Slot
from evoengine.sandbox.confine import LEVELS
from evoengine.sandbox.devices import Devices
from evoengine.sandbox.probe import Attempt, Report
from evoengine.sandbox.process import LevelError

__all__ = ["LEVELS", "NONE", "Attempt", "Report", "Slot", "describe", "open_sandbox", "weakest_accepted"]


NONE = "none"
"""What accepts a slot without confinement."""


def open_sandbox(
    *,
    preload: Sequence[str] = ("numpy",),
    level: str | None = None,
    at_least: str = LEVELS[0],
    processes: bool = False,
    devices: Sequence[str] = (),
) -> Slot:
    """Start a slot at one level, or at the strongest that there is here.

    Parameters
    ----------
    preload
        Modules imported once, before any candidate.
    level
        One of `LEVELS`; None takes the strongest.
    at_least
        The weakest level accepted.
    processes
        Let candidates start processes and programs, which takes the level ``full``.
    devices
        Let candidates use devices, by the names of `devices.TABLE`. That takes the level ``full`` too, or
        ``subprocess`` where it is accepted.

    Raises
    ------
    SandboxError
        The level cannot be had, or the strongest is weaker than `at_least`; with causes and cures.
    ConfigError
        This machine has not the devices.
    """
    if level not in {None, *LEVELS}:
        raise _unknown(str(level))
    if processes or devices:
        return _with_more(preload, level, at_least, processes, opening.find(devices))
    if level is None:
        slot, attempts = _best(preload)
        if LEVELS.index(slot.level) < LEVELS.index(at_least):
            slot.close()
            message, cure = _too_weak(Report(slot.level, attempts, {}), at_least)
            raise SandboxError(message, cure=cure)
        return slot
    return Slot(preload, level)


def _unknown(level: str) -> SandboxError:
    return SandboxError(f"there is no isolation level {level!r}", cure="use one of " + ", ".join(LEVELS))


def _with_more(
    preload: Sequence[str], level: str | None, at_least: str, processes: bool, devices: Devices
) -> Slot:
    """Start a slot for candidates that start processes or use devices. Raises `SandboxError` where it cannot be had."""
    strongest = LEVELS[-1]
    asked = " and ".join(
        ["processes = true"] * processes + [f"devices = {list(devices.names)}"] * bool(devices.names)
    )
    accepted = {strongest} if processes else {strongest, LEVELS[0]}
    if level not in {None, *accepted}:
        raise SandboxError(
            f"{asked} needs the isolation level {strongest!r}, not {level!r}",
            cure="ask for no level",
        )
    try:
        return Slot(preload, level or strongest, processes=processes, devices=devices)
    except LevelError as error:
        if level is None and at_least in accepted - {strongest}:
            return Slot(preload, at_least, devices=devices)
        cure = (
            error.cure
            if processes
            else f"{error.cure}; or accept candidates that nothing confines: --isolation {NONE}"
        )
        raise SandboxError(f"{asked}: {error}", cure=cure) from None


def weakest_accepted(asked: str | None, problem: str = "") -> str:
    """Give the weakest level to accept: what was asked for or what the problem demands, whichever is stronger.

    Where nothing was asked, candidates must be confined somehow; only `NONE` accepts the level subprocess.
    Raises `SandboxError` for a level that there is not.
    """
    if asked is not None and asked not in {NONE, *LEVELS}:
        raise _unknown(asked)
    wanted = LEVELS[1] if asked is None else LEVELS[0] if asked == NONE else asked
    return max(wanted, problem or LEVELS[0], key=LEVELS.index)


def _too_weak(report: Report, at_least: str) -> tuple[str, str]:
    """Say that the best level is too weak, and what to do."""
    cures = [attempt.cure for attempt in report.attempts if not attempt.reached]
    accept = f"or accept it: --isolation {NONE if report.level == LEVELS[0] else report.level}"
    if at_least != LEVELS[1]:  # which may well be the problem's demand
        accept += ", and a lower min_isolation in problem.toml if that is what asks for more"
    return f"{report}; at least {at_least} is asked for", "; ".join([*dict.fromkeys(cures), accept])


def describe(*, preload: Sequence[str] = ("numpy",)) -> Report:
    """Find out what isolation can be had here, and why no better."""
    slot, attempts = _best(preload)
    in_force = {f"slot: {name}": str(value) for name, value in slot.facts.items()}
    slot.close()
    return Report(slot.level, attempts, {**probe.facts(), **in_force})


def _best(preload: Sequence[str]) -> tuple[Slot, tuple[Attempt, ...]]:
    """Start a slot at the strongest level that there is; give it with all attempts."""
    attempts: list[Attempt] = []
    for level in reversed(LEVELS[1:]):
        try:
            slot = Slot(preload, level)
        except LevelError as error:
            attempts.append(Attempt(level, False, error.step, error.reason, error.cure))
        else:
            return slot, (*attempts, Attempt(level, True))
    return Slot(preload, LEVELS[0]), (*attempts, Attempt(LEVELS[0], True))
