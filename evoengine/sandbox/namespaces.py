"""Namespaces: a slot sees no process, network or file but its own. Linux 5.12 or later."""

import ctypes
import os
import struct
from collections.abc import Sequence
from pathlib import Path

from evoengine.sandbox import syscalls

_MOUNTS, _UTS, _IPC, _USERS, _PROCESSES, _NETWORK = (
    0x20000,
    0x4000000,
    0x8000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
_NO_SETUID, _NO_DEVICES, _NO_EXECUTE, _BIND, _RECURSIVE, _PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_DETACH = 2
_TREE, _HERE = 0x8000, -100
_READ_ONLY_AND_NO_SETUID = struct.pack("QQQQ", 1 | 2, 0, 0, 0)
_NOT_READ_ONLY = struct.pack("QQQQ", 0, 1, 0, 0)
_CAPABILITIES_HEADER, _NO_CAPABILITIES = struct.pack("Ii", 0x20080522, 0), bytes(24)
_DROP_BOUNDING, _AMBIENT, _CLEAR_ALL = 24, 47, 4

PROC = "/proc"
SCRATCH_TREE = "/scratch"
SCRATCH = "/scratch/own"
"""A mount of its own inside the tree, for the mount is renewed and the tree, which rules name, stays."""
SCRATCH_BYTES = 16 << 20
_SCRATCH_FILES = 1000
_PROGRAMS_BYTES, _PROGRAMS_FILES = 64 << 20, 4000
"""Where programs are compiled and run."""
_INSIDE = 1000
_MOUNT_POINTS = ("/mnt", "/srv", "/media", "/opt", "/var")


def separate(proc: int) -> None:
    """Leave the host's mounts, processes, network, host name and System V objects; children do, this one stays.

    `proc` is a descriptor of /proc. Raises `OSError`.
    """
    everything = _MOUNTS | _PROCESSES | _NETWORK | _IPC | _UTS
    if os.geteuid() != 0:
        separate_user(proc, 0)
    syscalls.checked(syscalls.libc.unshare(everything))


def separate_user(proc: int, further: int = _MOUNTS) -> None:
    """Enter a user namespace, where this user has capabilities over what it makes there. Raises `OSError`."""
    user, group = os.geteuid(), os.getegid()
    syscalls.checked(syscalls.libc.unshare(_USERS | further))
    maps = (("setgroups", "deny"), ("uid_map", f"{_INSIDE} {user} 1"), ("gid_map", f"{_INSIDE} {group} 1"))
    for name, text in maps:
        # Through a descriptor, for by now there may be no /proc to be seen.
        file = os.open(f"self/{name}", os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
        try:
            os.write(file, text.encode())
        finally:
            os.close(file)


def _mount(source: str, target: str, kind: str | None = None, flags: int = 0, data: str = "") -> None:
    texts = (source.encode(), target.encode(), kind.encode() if kind else None)
    syscalls.checked(syscalls.libc.mount(*texts, ctypes.c_ulong(flags), data.encode()))


def build_root(readable: Sequence[str], hidden: Sequence[str], nodes: Sequence[str]) -> str:
    """Make a root of the readable paths, three devices and `nodes`; give where it is.

    `hidden` are directories below the paths that appear empty. Raises `OSError`.
    """
    _mount("none", "/", flags=_RECURSIVE | _PRIVATE)
    root = _mount_point([*readable, *hidden, *nodes])
    _mount("tmpfs", root, "tmpfs", _NO_SETUID | _NO_DEVICES, "size=1m,nr_inodes=4k,mode=755")
    for path in readable:
        _bind(path, root + path)
    for path in hidden:
        _mount("tmpfs", root + path, "tmpfs", _NO_SETUID | _NO_DEVICES, "size=4k,nr_inodes=1,mode=755")
    for name in ("null", "zero", "urandom"):
        _bind(f"/dev/{name}", f"{root}/dev/{name}")
    for path in nodes:
        _bind(path, root + path)
    Path(root + SCRATCH).mkdir(parents=True)
    return root


def show_processes(root: str) -> None:
    """Put a /proc with the processes of this namespace into a root.

    An ordinary user may while all of the host's own /proc is still in sight. Raises `OSError`.
    """
    Path(root + PROC).mkdir()
    _mount("proc", root + PROC, "proc", _NO_SETUID | _NO_DEVICES | _NO_EXECUTE)


def enter_root(root: str, writable: Sequence[str]) -> None:
    """Make a root the only file system there is, read-only but for some of its mounts. Raises `OSError`."""
    # The new root is put over the old one, which is then let go.
    os.chdir(root)
    syscalls.call("pivot_root", b".", b".")
    syscalls.checked(syscalls.libc.umount2(b".", _DETACH))
    os.chdir("/")
    size = len(_READ_ONLY_AND_NO_SETUID)
    syscalls.call("mount_setattr", _HERE, b"/", _TREE, _READ_ONLY_AND_NO_SETUID, size)
    for path in writable:
        syscalls.call("mount_setattr", _HERE, path.encode(), 0, _NOT_READ_ONLY, size)


def _mount_point(sources: Sequence[str]) -> str:
    """Choose a directory to cover that hides none of the sources."""
    for point in _MOUNT_POINTS:
        if Path(point).is_dir() and not any(f"{source}/".startswith(f"{point}/") for source in sources):
            return point
    raise OSError(2, "no directory to build a root on among " + ", ".join(_MOUNT_POINTS))


def _bind(source: str, target: str) -> None:
    """Show a file or tree at another place; a link at the top level stays one."""
    origin, place = Path(source), Path(target)
    place.parent.mkdir(parents=True, exist_ok=True)
    if origin.is_symlink() and source.count("/") == 1:
        place.symlink_to(origin.readlink())
        return
    if origin.is_dir():
        place.mkdir(exist_ok=True)
    else:
        place.touch()
    _mount(source, target, flags=_BIND | _RECURSIVE)


def fresh_scratch(*, first: bool = False, programs: bool = False) -> tuple[int, ...]:
    """Replace the scratch file system by an empty one, and give its state; `programs` may be executed from it.

    Raises `OSError`.
    """
    if not first:
        syscalls.checked(syscalls.libc.umount2(SCRATCH.encode(), _DETACH))
    size, files = (_PROGRAMS_BYTES, _PROGRAMS_FILES) if programs else (SCRATCH_BYTES, _SCRATCH_FILES)
    flags = _NO_SETUID | _NO_DEVICES | (0 if programs else _NO_EXECUTE)
    _mount("tmpfs", SCRATCH, "tmpfs", flags, f"size={size},nr_inodes={files},mode=700")
    return scratch_state()


def scratch_state() -> tuple[int, ...]:
    """Give figures that differ once anything is in the scratch file system, or its top was changed."""
    top = os.stat(SCRATCH)  # noqa: PTH116 - called for every candidate, and a Path costs more than the call
    return (top.st_size, top.st_nlink, top.st_mode, top.st_mtime_ns, top.st_ctime_ns)


def forgo_capabilities() -> None:
    """Drop every capability of this process for good. Raises `OSError`."""
    syscalls.checked(syscalls.libc.capset(_CAPABILITIES_HEADER, _NO_CAPABILITIES))


def forgo_regaining() -> None:
    """Take every capability out of reach of whatever this process executes."""
    for capability in range(64):
        try:
            syscalls.prctl(_DROP_BOUNDING, capability)
        except OSError:
            break
    try:
        syscalls.prctl(_AMBIENT, _CLEAR_ALL)
    except OSError:  # Linux before 4.3 has no such set to clear
        return
