"""Runs a program on less favourable ground: as an ordinary user, without namespaces, without Landlock.

``python ground.py NAME PROGRAM ARGUMENT...`` where NAME is one of `GROUNDS`.
"""

import ctypes
import errno
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from evoengine.sandbox import seccomp, syscalls

ORDINARY = 4321
_NO_NEW_PRIVILEGES = 38


@dataclass(frozen=True)
class Ground:
    """What is there, and the level that must come of it."""

    level: str
    root: bool
    namespaces: bool = True
    landlock: bool = True
    seccomp: bool = True


GROUNDS = {
    "root": Ground("full", root=True),
    "user": Ground("full", root=False),
    "container": Ground("landlock", root=True, namespaces=False),
    "pod": Ground("landlock", root=False, namespaces=False),
    "old": Ground("seccomp", root=False, namespaces=False, landlock=False),
    "bare": Ground("subprocess", root=False, namespaces=False, landlock=False, seccomp=False),
}


def _show_interpreter() -> None:
    """Let other users see a Python that lies below root's own home, in a mount namespace of this process only."""
    home = "/root"
    if not sys.base_prefix.startswith(f"{home}/"):
        return
    mount = syscalls.libc.mount
    syscalls.checked(syscalls.libc.unshare(0x20000))
    source = os.open(sys.base_prefix, os.O_PATH)
    syscalls.checked(mount(b"none", b"/", None, ctypes.c_ulong(1 << 18 | 16384), None))
    syscalls.checked(mount(b"tmpfs", home.encode(), b"tmpfs", ctypes.c_ulong(0), b"mode=755"))
    Path(sys.base_prefix).mkdir(parents=True)
    bound = f"/proc/self/fd/{source}".encode()
    syscalls.checked(mount(bound, sys.base_prefix.encode(), None, ctypes.c_ulong(4096 | 16384), None))


def _filter(ground: Ground) -> bytes:
    """Refuse what a container's filter refuses, and what an old kernel does not know."""
    numbers = syscalls.NUMBERS
    code = [(0x20, 0, 0, 0)]
    refused = dict.fromkeys(("unshare", "setns", "mount"), errno.EPERM) if not ground.namespaces else {}
    if not ground.landlock:
        missing = ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self")
        refused |= dict.fromkeys(missing, errno.ENOSYS)
    for name, number in refused.items():
        code += [(0x15, 0, 1, numbers[name]), (0x06, 0, 0, seccomp.refuse(number))]
    if not ground.seccomp:
        # Of prctl the one option that loads a filter: its number is the first argument, at offset 16.
        code += [(0x15, 0, 3, numbers["prctl"]), (0x20, 0, 0, 16), (0x15, 0, 1, 22)]
        code.append((0x06, 0, 0, seccomp.refuse(errno.EINVAL)))
    return seccomp.assemble([*code, (0x06, 0, 0, seccomp.ALLOW)])


def enter(ground: Ground) -> None:
    """Put this process on the ground, for good."""
    if os.geteuid() == 0:
        _show_interpreter()
        if not ground.root:
            os.setgroups([])
            os.setresgid(ORDINARY, ORDINARY, ORDINARY)
            os.setresuid(ORDINARY, ORDINARY, ORDINARY)
            syscalls.prctl(4, 1)
    if not (ground.namespaces and ground.landlock and ground.seccomp):
        syscalls.prctl(_NO_NEW_PRIVILEGES, 1)
        seccomp.Filter(_filter(ground)).load()


if __name__ == "__main__":
    enter(GROUNDS[sys.argv[1]])
    os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
