"""The order in which a slot, and then each of its children, gives up what it could do.

=============  ===================================================================================
level          what a candidate cannot do
=============  ===================================================================================
``full``       the rest, and: see another process, network, host name or file than the slot's own
``landlock``   the next, and: read a file outside the interpreter's trees
``seccomp``    use the network, change a file, start a process or a program, signal another process
``subprocess`` nothing is out of reach; limits and a clean environment are all there is
=============  ===================================================================================
"""

import contextlib
import errno
import fcntl
import functools
import os
import resource
import signal
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeVar

from evoengine.sandbox import landlock, namespaces, seccomp, syscalls
from evoengine.sandbox.devices import Devices
from evoengine.sandbox.trees import Trees, trees, visible

_Result = TypeVar("_Result")
LEVELS = ("subprocess", "seccomp", "landlock", "full")
"""Weakest first."""
NOBODY = 65534
_DESCRIPTORS = 4096
_PARENT_DIES, _DUMPABLE, _SUBREAPER, _NO_NEW_PRIVILEGES = 1, 4, 36, 38
_THREADS = 64
NO_DEVICES = Devices()
_ALL = -1
"""As a process to signal: every one that can be, but for the caller itself."""


class ConfinementError(Exception):
    """A step of the confinement was refused; `step` names it, `reason` is the kernel's word."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason


class Confinement:
    """One slot's way down to a level. `enter` is called once in the slot, `child` once in each child."""

    def __init__(self, level: str, *, processes: bool = False, devices: Devices = NO_DEVICES) -> None:
        self.level = level
        self.devices = devices
        self.programs = processes
        """Whether children may start processes and programs, which a namespace of processes must then hold."""
        self.alone = False
        """Whether this process is the first of its own process namespace."""
        self._scratch: tuple[int, ...] | None = None
        self._landlock = 0
        self._rules: int | None = None
        self._processes = 0
        self._filter: seccomp.Filter | None = None

    def enter(self) -> None:
        """Confine the slot itself. Raises `ConfinementError`. At ``full`` it goes on in a new process."""
        die_with_parent()
        _offer_to_oom_killer()
        if self.level == "subprocess":
            if sys.platform == "linux":
                # What a candidate's own children leave behind then comes to the slot, to be ended.
                syscalls.prctl(_SUBREAPER, 1)
                self._processes = _running() + 4 * _THREADS
            return
        if sys.platform != "linux" or not syscalls.NUMBERS:
            raise ConfinementError("the kernel", f"{sys.platform} on {syscalls.MACHINE} is not supported")
        if self.level == "landlock" and not landlock.version():
            raise ConfinementError("Landlock", "the kernel is older than 5.13 or has it switched off")
        found = trees(self.devices.trees)
        if self.level == "full":
            self._enter_namespaces(found)
        elif os.geteuid() == 0:
            _become_nobody()
            die_with_parent()  # which changing the user undid
        for tree in (sys.prefix, sys.base_prefix):
            if not os.access(tree, os.R_OK | os.X_OK):
                raise ConfinementError("the interpreter", f"user {os.geteuid()} cannot read {tree}")
        # Neither a debugger nor /proc/PID/mem gets at the slot; a program gains nothing from set-uid bits.
        _step("dumpable", syscalls.prctl, _DUMPABLE, 0)
        _step("no new privileges", syscalls.prctl, _NO_NEW_PRIVILEGES, 1)
        namespaces.forgo_regaining()
        self._landlock = 0 if self.level == "seccomp" else landlock.version()
        if self._landlock:
            made = _step("Landlock", landlock.ruleset, self._granted(found))
            # Out of the way of the numbers that a child's descriptors get.
            self._rules = fcntl.fcntl(made, fcntl.F_DUPFD_CLOEXEC, 64)
            os.close(made)
        self._filter = seccomp.Filter(seccomp.child_program(processes=self.programs))
        program = seccomp.slot_program(
            scratch=self._scratch is not None, processes=self.programs, devices=bool(self.devices.nodes)
        )
        _step("seccomp", seccomp.Filter(program).load)

    def _enter_namespaces(self, found: Trees) -> None:
        proc = _step("/proc", os.open, "/proc", os.O_PATH | os.O_CLOEXEC)
        root = os.geteuid() == 0
        _step("namespaces", namespaces.separate, proc)
        child = os.fork()
        if child:
            _relay(child)
        syscalls.prctl(_PARENT_DIES, signal.SIGKILL)
        self.alone = os.getpid() == 1
        os.setsid()
        # A Python below root's own home can be shown to another user only while still root.
        nodes = self.devices.nodes
        place = _step("private root", namespaces.build_root, found.readable, found.hidden, nodes)
        if nodes:
            # By its files CUDA names threads, and ends where it cannot.
            _step("a /proc of its own", namespaces.show_processes, place)
        _step("private root", namespaces.enter_root, place, [namespaces.PROC] if nodes else [])
        if root:
            _become_nobody()
            syscalls.prctl(_DUMPABLE, 1)
            try:
                namespaces.separate_user(proc)
            except OSError:
                # No user namespaces for ordinary users here: all holds, but nothing can be mounted, so no scratch.
                os.close(proc)
                if self.programs:
                    raise ConfinementError("processes", "no scratch can be mounted for them") from None
                return
        self._processes = _THREADS
        self._scratch = _step(
            "scratch", functools.partial(namespaces.fresh_scratch, first=True, programs=self.programs)
        )
        os.close(proc)

    def _granted(self, found: Trees) -> list[tuple[str, int]]:
        rules = [*visible(found), ("/dev/null", landlock.READ | landlock.WRITE)]
        rules += [("/dev/urandom", landlock.READ), ("/dev/zero", landlock.READ)]
        rules += [(node, landlock.READ | landlock.WRITE | landlock.IOCTL) for node in self.devices.nodes]
        if self.devices.nodes:
            rules.append((namespaces.PROC, landlock.READ | landlock.LIST | landlock.WRITE))
        if self._scratch is not None:
            execute = landlock.EXECUTE if self.programs else 0
            rules.append((namespaces.SCRATCH_TREE, landlock.SCRATCH_TREE | execute))
        return rules

    def child(self, keep: int) -> None:
        """Confine a child for good, but for its limits; descriptors from `keep` on are closed."""
        if sys.platform == "linux" and not self.alone:
            syscalls.prctl(_PARENT_DIES, signal.SIGKILL)
        if self._filter is None:
            os.closerange(keep, _DESCRIPTORS)
            return
        namespaces.forgo_capabilities()
        if self.devices.nodes:
            # Else the files in /proc by which CUDA names its threads would be root's.
            syscalls.prctl(_DUMPABLE, 1)
        if self._rules is not None:
            landlock.restrict(self._rules)
        os.closerange(keep, _DESCRIPTORS)
        self._filter.load()

    @property
    def scratch(self) -> str | None:
        """Where a child may write."""
        return None if self._scratch is None else namespaces.SCRATCH

    def tidy(self) -> None:
        """Empty the scratch file system if the last candidate changed it."""
        if self._scratch is not None and namespaces.scratch_state() != self._scratch:
            self._scratch = namespaces.fresh_scratch(programs=self.programs)

    def strike(self, child: int) -> None:
        """Kill a child, and with it whatever it may have started."""
        os.kill(_ALL if self._owns_all else child, signal.SIGKILL)

    @property
    def _owns_all(self) -> bool:
        """Whether every other process that can be seen is a candidate's. Elsewhere `_ALL` would be the user's session."""
        return self.programs and self.alone

    def sweep(self, ended: int, keep: Collection[int]) -> list[resource.struct_rusage]:
        """End what a candidate that could start processes left behind, and give what that had used.

        `keep` are children of the slot's own. Where a candidate may start processes, the next child is forked
        only afterwards: there is none to keep.
        """
        used: list[resource.struct_rusage] = []
        if self._owns_all:
            with contextlib.suppress(ProcessLookupError):
                os.kill(_ALL, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while True:
                    used.append(os.wait4(-1, 0)[2])
        if self.level != "subprocess":
            return used
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(ended, signal.SIGKILL)
        if sys.platform != "linux":
            return used
        while strays := [pid for pid in _children() if pid not in keep]:
            for pid in strays:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                used.append(os.wait4(pid, 0)[2])
        return used

    @property
    def processes(self) -> int:
        """Bound on the processes and threads of the user, 0 where it would count what is not the candidate's."""
        return self._processes

    def facts(self) -> Mapping[str, bool | int]:
        """Say what is in force, for a report."""
        return {
            "namespaces": self.level == "full",
            "first_process": self.alone,
            "scratch": self._scratch is not None,
            "landlock": self._landlock,
            "seccomp": self._filter is not None,
        }


def _children() -> list[int]:
    """List the children of this single-threaded process."""
    return [int(word) for word in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _running() -> int:
    """Count the threads of this user on the whole machine."""
    count = 0
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid == os.geteuid():
                count += sum(1 for _ in (entry / "task").iterdir())
    return count


def _become_nobody() -> None:
    """Be an ordinary user for good: limits on processes do not hold for root, even inside a user namespace."""
    _step("an unprivileged user", _set_user, NOBODY)


def _set_user(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _relay(child: int) -> NoReturn:
    """Stay outside the namespaces, only to end with the processes inside and to end them with this one."""
    if os.geteuid() == 0:
        _become_nobody()
    die_with_parent()
    os.closerange(3, 4096)
    status = os.waitpid(child, 0)[1]
    os._exit(0 if os.WIFEXITED(status) else 1)


def die_with_parent() -> None:
    """Have this process end when its parent has.

    The kernel's signal also comes when merely the thread ends that started this process, hence the look.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()

    def look(number: int, frame: FrameType | None) -> None:
        del number, frame
        if os.getppid() != parent:
            os._exit(0)

    signal.signal(signal.SIGTERM, look)
    syscalls.prctl(_PARENT_DIES, signal.SIGTERM)


def _offer_to_oom_killer() -> None:
    """Be what the kernel ends first when memory runs out."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def _step(name: str, action: Callable[..., _Result], *args: Any) -> _Result:
    """Do one thing. Raises `ConfinementError` with its name where the system refuses."""
    try:
        return action(*args)
    except OSError as error:
        number = errno.errorcode.get(error.errno or 0, "")
        raise ConfinementError(name, f"{number} {error.strerror or error}".strip()) from None
