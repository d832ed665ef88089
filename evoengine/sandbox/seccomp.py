"""seccomp: the kernel refuses this process every system call that is not on a list.

The filter is a program for the kernel's classic packet-filter machine: it sees a call's number, the
machine's convention it was made in and the six argument words, never what they point to.
"""

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Iterable, Mapping, Sequence

from evoengine.sandbox import syscalls

ALLOW, KILL = 0x7FFF0000, 0x80000000
PID = 0x7FFFFFF1
"""Stands in a program for the process it will be loaded in."""

_CONVENTION = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_FILTER_MODE, _SET_SECCOMP = 2, 22

HARMLESS = """
read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64 pwrite64
readv writev preadv pwritev preadv2 pwritev2 access faccessat faccessat2 stat lstat newfstatat statx statfs fstatfs
poll ppoll select pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2 pipe pipe2
dup dup2 dup3 close_range getdents64 readlink readlinkat getcwd chdir fchdir umask fsync fdatasync fadvise64
mremap msync mincore madvise mbind get_mempolicy membarrier
pause nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times getitimer setitimer alarm
getpid gettid getppid getpgrp getpgid getsid getuid geteuid getgid getegid getresuid getresgid getgroups uname sysinfo
getrlimit getrusage getcpu getrandom sched_yield sched_getaffinity sched_getparam
sched_getscheduler sched_get_priority_max sched_get_priority_min
rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack restart_syscall
futex futex_waitv set_robust_list set_tid_address rseq arch_prctl wait4 waitid exit exit_group
recvfrom shutdown getsockname getpeername getsockopt
"""

CHANGES_FILES = """
truncate ftruncate fallocate rename renameat renameat2 mkdir mkdirat rmdir unlink unlinkat link linkat symlink
symlinkat chmod fchmod fchmodat utimensat
"""

# What a slot goes on doing: it passes descriptors, starts and ends children, and renews their scratch.
SLOT_ONLY = """
sendmsg recvmsg setsid capset umount2 seccomp landlock_restrict_self
"""

# No program has an innocent reason to try these.
HOSTILE = """
ptrace process_vm_readv process_vm_writev kcmp bpf userfaultfd io_uring_setup pidfd_getfd keyctl add_key
request_key perf_event_open unshare setns mount
"""

_OPEN_TO_WRITE = 0o1 | 0o2 | 0o100 | 0o1000 | 0o20000000
_NEW_NAMESPACE = 0x7E020000
_THREAD = 0x10000

Instruction = tuple[int, int, int, int]


def refuse(number: int) -> int:
    """Give the action that makes a call fail with this error number."""
    return 0x00050000 | number


def _argument(index: int, *, high: bool = False) -> Instruction:
    """Load half of an argument word; both machines are little-endian."""
    return (_LOAD, 0, 0, 16 + 8 * index + (4 if high else 0))


def _one_of(index: int, values: Iterable[int], otherwise: int) -> list[Instruction]:
    """Allow a call whose argument has one of the values."""
    code = [_argument(index)]
    for value in values:
        code += [(_EQUAL, 0, 1, value), (_RETURN, 0, 0, ALLOW)]
    return [*code, (_RETURN, 0, 0, otherwise)]


def _null(index: int, otherwise: int) -> list[Instruction]:
    """Allow a call whose pointer is null."""
    low, high = _argument(index), _argument(index, high=True)
    return [
        low,
        (_EQUAL, 0, 3, 0),
        high,
        (_EQUAL, 0, 1, 0),
        (_RETURN, 0, 0, ALLOW),
        (_RETURN, 0, 0, otherwise),
    ]


def _no_bit(index: int, bits: int, otherwise: int) -> list[Instruction]:
    """Allow a call whose argument has none of the bits."""
    return [_argument(index), (_ANY_BIT, 0, 1, bits), (_RETURN, 0, 0, otherwise), (_RETURN, 0, 0, ALLOW)]


def _checks() -> dict[str, list[Instruction]]:
    """Give the calls that are allowed with some arguments only, in the slot as in its children."""
    no = refuse(errno.EPERM)
    stream = [socket.SOCK_STREAM | flags for flags in (0, 0o4000, 0o2000000, 0o2004000)]
    return {
        "clone": _no_bit(0, _NEW_NAMESPACE, no),
        # What terminals and files are asked on opening, nothing that changes them.
        "ioctl": _one_of(1, [0x5401, 0x5451, 0x5450, 0x5421, 0x541B, 0x5413], refuse(errno.ENOTTY)),
        # Not F_SETOWN and F_SETSIG, which make the kernel signal another process.
        "fcntl": _one_of(1, [0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032, 1033, 1034], no),
        # Its own limits, which the kernel lets it lower only.
        "prlimit64": _one_of(0, [0], no),
        # The processor of its own threads.
        "sched_setaffinity": _one_of(0, [0], no),
        # Event loops wake themselves over a stream pair; a datagram socket could address others.
        "socketpair": [
            _argument(0),
            (_EQUAL, 1, 0, socket.AF_UNIX),
            (_RETURN, 0, 0, no),
            *_one_of(1, stream, no),
        ],
        "sendto": _null(4, no),
    }


def _nvidia() -> list[Instruction]:
    """Allow what NVIDIA's driver is asked, whatever the file; the rest goes on.

    The nodes of GPUs encode commands with the letter F; that of unified memory counts them from 1, but for two.
    No file of another kind that a candidate can open changes anything when it gets these numbers.
    """
    allow: Instruction = (_RETURN, 0, 0, ALLOW)
    return [
        _argument(1),
        (_AT_LEAST, 1, 0, 0x100),
        allow,
        (_EQUAL, 0, 1, 0x30000001),
        allow,
        (_EQUAL, 0, 1, 0x30000002),
        allow,
        (_AND, 0, 0, 0xFF00),
        (_EQUAL, 0, 1, ord("F") << 8),
        allow,
    ]


def _child_checks() -> dict[str, list[Instruction]]:
    """Give what a child may do, of what only its slot may do fully."""
    no, again = refuse(errno.EPERM), refuse(errno.EAGAIN)
    return {
        # Threads, but no processes.
        "clone": [_argument(0), (_ANY_BIT, 0, 1, _THREAD), (_RETURN, 0, 0, ALLOW), (_RETURN, 0, 0, again)],
        "fork": [(_RETURN, 0, 0, again)],
        # Signals to itself: abort() needs them.
        "kill": _one_of(0, [PID], no),
        "tgkill": _one_of(0, [PID], no),
        # The name of a thread and of a memory area.
        "prctl": _one_of(0, [15, 16, 0x53564D41], no),
    }


def slot_program(*, scratch: bool, processes: bool = False, devices: bool = False) -> bytes:
    """Assemble the long filter, under which a slot puts itself once and so all its children.

    Whatever is not named fails with EPERM; with `scratch` files may be changed where the mounts and Landlock
    allow it, with `processes` programs may be executed where they do, with `devices` files may be opened to
    be written to where they do, and drivers may be asked what NVIDIA's are.
    """
    checks = _checks()
    read_only = refuse(errno.EROFS)
    if devices:
        checks["ioctl"] = [*_nvidia(), *checks["ioctl"]]
    elif not scratch:
        checks["open"] = _no_bit(1, _OPEN_TO_WRITE, read_only)
        checks["openat"] = _no_bit(2, _OPEN_TO_WRITE, read_only)
    actions = dict.fromkeys([*HARMLESS.split(), *SLOT_ONLY.split(), *_child_checks()], ALLOW)
    actions |= dict.fromkeys(HOSTILE.split(), KILL)
    actions |= dict.fromkeys(["open", "openat", *CHANGES_FILES.split()], ALLOW if scratch else read_only)
    if devices:
        actions |= dict.fromkeys(["open", "openat"], ALLOW)
    if scratch:
        actions["mount"] = ALLOW
    # With "no such call" the C library falls back to what can be checked above.
    actions |= dict.fromkeys(["clone3", "openat2"], refuse(errno.ENOSYS))
    actions["vfork"] = ALLOW if processes else refuse(errno.EAGAIN)
    if processes:
        actions["execve"] = ALLOW
    blocks = {name: [(_RETURN, 0, 0, action)] for name, action in actions.items()}
    return _program(blocks | checks, refuse(errno.EPERM))


def child_program(*, processes: bool = False) -> bytes:
    """Assemble the short filter, which takes from a child what its slot still needed.

    With `processes` it may start some, and signal whatever its namespace of processes holds: the first of
    it, the slot, is out of reach of signals that it does not handle.
    """
    blocks: dict[str, list[Instruction]] = {
        name: [(_RETURN, 0, 0, refuse(errno.EPERM))] for name in SLOT_ONLY.split()
    }
    blocks["mount"] = [(_RETURN, 0, 0, KILL)]
    checks = _child_checks()
    if processes:
        checks = {"prctl": checks["prctl"]}
    return _program(blocks | checks, ALLOW)


def _program(blocks: Mapping[str, Sequence[Instruction]], otherwise: int) -> bytes:
    """Give each call its block of instructions; calls in another machine's convention kill."""
    numbers = syscalls.NUMBERS
    code: list[Instruction] = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, _CONVENTION[syscalls.MACHINE]),
        (_RETURN, 0, 0, KILL),
    ]
    code.append((_LOAD, 0, 0, 0))
    if syscalls.MACHINE == "x86_64":
        code += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, KILL)]
    for name, block in blocks.items():
        if name in numbers:
            code += [(_EQUAL, 0, len(block), numbers[name]), *block]
    return assemble([*code, (_RETURN, 0, 0, otherwise)])


def assemble(code: Sequence[Instruction]) -> bytes:
    """Encode a program's instructions."""
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


class Filter:
    """A program ready to be loaded; forks of this process may load it at little cost."""

    def __init__(self, code: bytes) -> None:
        self._buffer = ctypes.create_string_buffer(code, len(code))
        self._header = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(self._buffer))
        marker = struct.pack("<I", PID)
        self._pids = [offset for offset in range(4, len(code), 8) if code[offset : offset + 4] == marker]

    def load(self) -> None:
        """Put this process and all its threads under the program, for good. Needs NO_NEW_PRIVS."""
        pid = os.getpid()
        for offset in self._pids:
            struct.pack_into("<I", self._buffer, offset, pid)
        syscalls.checked(syscalls.libc.prctl(_SET_SECCOMP, _FILTER_MODE, self._header, 0, 0))
