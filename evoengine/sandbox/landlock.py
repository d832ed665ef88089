"""Landlock: this process may open only what a rule names, and make no TCP connection. Linux 5.13 or later."""

import os
import struct
from collections.abc import Sequence

from evoengine.sandbox import syscalls

EXECUTE, WRITE, READ, LIST = 1, 2, 4, 8
READ_TREE = READ | LIST | EXECUTE
IOCTL = 1 << 15
# Everything a directory can be asked for, but making device nodes (bits 6 and 11).
SCRATCH_TREE = 0xFFFF & ~(EXECUTE | 1 << 6 | 1 << 11)

_VERSION_QUERY = 1
_PATH_BENEATH = 1
_BIND_AND_CONNECT = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3


def version() -> int:
    """Give the interface version, 0 where the kernel has none or has it switched off."""
    try:
        return syscalls.call("landlock_create_ruleset", None, 0, _VERSION_QUERY)
    except OSError:
        return 0


def ruleset(rules: Sequence[tuple[str, int]]) -> int:
    """Make a set of (path, rights) rules; give its descriptor. Raises `OSError`.

    Whatever the kernel's version can restrict and no rule grants is refused.
    """
    abi = version()
    rights = (1 << (13 if abi < 2 else 14 if abi < 3 else 15 if abi < 5 else 16)) - 1
    attributes = struct.pack("Q", rights)
    if abi >= 4:
        attributes += struct.pack("Q", _BIND_AND_CONNECT)
    if abi >= 6:
        attributes += struct.pack("Q", _ABSTRACT_SOCKETS_AND_SIGNALS)
    made = syscalls.call("landlock_create_ruleset", attributes, len(attributes), 0)
    for path, granted in rules:
        _add(made, path, granted & rights)
    return made


def _add(made: int, path: str, granted: int) -> None:
    beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        syscalls.call("landlock_add_rule", made, _PATH_BENEATH, struct.pack("=Qi", granted, beneath), 0)
    finally:
        os.close(beneath)


def restrict(made: int) -> None:
    """Put this process and all it starts under a rule set, for good."""
    syscalls.call("landlock_restrict_self", made, 0)
