"""What isolation can be had here, told from what a confined process was really refused."""

import os
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from evoengine.errors import CandidateFailure
from evoengine.problem import Limits
from evoengine.sandbox import landlock
from evoengine.types import Genome

_SELF_TEST = """
import errno, os, socket

def refused(action, *args):
    try:
        action(*args)
    except OSError as error:
        return errno.errorcode.get(error.errno, "refused")
    return ""

def start_process():
    if os.fork() == 0:
        os._exit(0)

def start_program():
    os.posix_spawn("/bin/true", ["true"], {})

def attempts(secret, beside, host):
    return {
        "read a file": refused(open, secret),
        "write a file": refused(open, beside, "w"),
        "use the network": refused(socket.socket),
        "start a process": refused(start_process),
        "start a program": refused(start_program),
        "signal the host": refused(os.kill, host, 0),
        "see the host's files": refused(os.stat, secret),
    }
"""
_OPENING = """
import errno, os

def closed(nodes):
    for node in nodes:
        try:
            flags = os.O_RDWR if os.stat(node).st_mode & 0o222 else os.O_RDONLY
            os.close(os.open(node, flags))
        except OSError as error:
            return f"{errno.errorcode.get(error.errno, 'refused')} for {node}"
    return ""
"""
_ACTIONS = ("write a file", "use the network", "start a process", "start a program", "signal the host")
_STARTS = ("start a process", "start a program")
_LIMITS = Limits(wall_seconds=10.0, memory_mb=256)

OFFERS: Mapping[str, str] = {
    "full": "candidates see no file, process or network but their own",
    "landlock": "candidates cannot use the network, write files, start processes or read outside the interpreter",
    "seccomp": "candidates cannot use the network, write files or start processes, but can read what this user can",
    "subprocess": "candidates are limited in time and memory, and confined in no other way",
}
"""What each level holds candidates to."""

_CURES: Mapping[str, str] = {
    "namespaces": "allow unprivileged user namespaces ({sysctls}); in a container run it with the permissions "
    "of `bwrap`, or accept the level landlock",
    "private root": "use a kernel of 5.12 or later, with tmpfs",
    "a /proc of its own": "start as root, or where nothing of /proc is covered (Docker: --security-opt systempaths=unconfined)",
    "Landlock": "use a kernel of 5.13 or later with `landlock` among its security modules (boot option lsm=)",
    "the preload list": "install or remove what it names",
    "processes": "allow user namespaces to ordinary users ({sysctls}), or start as one",
    "the devices": "let every user read and write them, as the driver's own rules do (mode 0666)",
    "the interpreter": "run as an ordinary user, or install Python where every user can read it",
    "seccomp": "use a kernel with seccomp filters (CONFIG_SECCOMP_FILTER), or a virtual machine around the engine",
    "the kernel": "use Linux on x86-64 or aarch64, or accept the level subprocess",
    "the self-test": "report this with the output of `evoengine doctor`",
}
_SYSCTLS: Mapping[str, str] = {
    "kernel.unprivileged_userns_clone": "1",
    "kernel.apparmor_restrict_unprivileged_userns": "0",
    "user.max_user_namespaces": "a positive number",
}


class _Opened(Protocol):
    def call(self, name: str, args: Any, seconds: float | None = None) -> Any: ...


class _Opener(Protocol):
    def open(self, genome: Genome, main: str, limits: Limits) -> _Opened: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """Whether a level can be had; where not, at which step, for which cause, and what would cure it."""

    level: str
    reached: bool
    step: str = ""
    cause: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The best level to be had here, every attempt at it (strongest first), and facts about this machine."""

    level: str
    attempts: tuple[Attempt, ...]
    facts: Mapping[str, str]

    def __str__(self) -> str:
        failed = [f"{a.level} refused at {a.step}: {a.cause}" for a in self.attempts if not a.reached]
        causes = f" ({'; '.join(failed)})" if failed else ""
        return f"isolation: {self.level}{causes}: {OFFERS[self.level]}"


def refusals(slot: _Opener) -> Mapping[str, str]:
    """Let a candidate try what it must not; give the error name by action, empty where it was let."""
    with tempfile.TemporaryDirectory(prefix="evoengine-self-test-") as folder:
        Path(folder).chmod(0o755)
        secret, beside = Path(folder, "secret"), Path(folder, "beside")
        secret.write_text("held out")
        secret.chmod(0o644)
        try:
            session = slot.open({"main.py": _SELF_TEST}, "main.py", _LIMITS)
            return session.call("attempts", [str(secret), str(beside), os.getpid()])
        except CandidateFailure as failure:
            return {"run at all": str(failure)}


def closed(slot: _Opener, nodes: Sequence[str]) -> str:
    """Let a candidate open devices; say what it was refused, or nothing where there are none or all are open."""
    if not nodes:
        return ""
    try:
        return slot.open({"main.py": _OPENING}, "main.py", _LIMITS).call("closed", [list(nodes)])
    except CandidateFailure as failure:
        return f"a candidate could not run: {failure}"


def judge(refused: Mapping[str, str], *, processes: bool = False) -> str:
    """Give the level that the refusals amount to; with `processes`, starting some need not be refused."""
    actions = [action for action in _ACTIONS if not (processes and action in _STARTS)]
    if not all(refused.get(action) for action in actions):
        return "subprocess"
    if not refused.get("read a file"):
        return "seccomp"
    return "full" if refused.get("see the host's files") == "ENOENT" else "landlock"


def missing(refused: Mapping[str, str], level: str) -> str:
    """Say which actions were let through that a level is to refuse."""
    if "run at all" in refused:
        return f"a candidate could not run: {refused['run at all']}"
    wanted = [*_ACTIONS, *(["read a file"] if level != "seccomp" else [])]
    let = [action for action in wanted if not refused.get(action)]
    return "a candidate could " + ", ".join(let or ["see the host's files"])


def cure(step: str) -> str:
    """Say what would let a step of the confinement succeed."""
    return _CURES.get(step, _CURES["the self-test"]).format(sysctls=_switches())


def _switches() -> str:
    """Name the kernel's switches that stand in the way of user namespaces."""
    wrong = [
        f"{name} is {value}, set it to {_SYSCTLS[name]}"
        for name, value in _settings().items()
        if value == ("1" if "restrict" in name else "0")
    ]
    return "; ".join(wrong) or "no sysctl forbids them, so a container's or systemd's filter does"


def _settings() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _SYSCTLS:
        path = Path("/proc/sys", *name.split("."))
        if path.is_file():
            found[name] = path.read_text().strip()
    return found


def facts() -> Mapping[str, str]:
    """Give what of this machine decides about isolation."""
    container = [mark for mark in ("/.dockerenv", "/run/.containerenv") if Path(mark).exists()]
    known = {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": sys.executable,
        "user": "root" if os.geteuid() == 0 else str(os.geteuid()),
        "container": ", ".join(container) or "none seen",
    }
    if sys.platform == "linux":
        known["landlock"] = str(landlock.version() or "missing")
    return known | _settings()
