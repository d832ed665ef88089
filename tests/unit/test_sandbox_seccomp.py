"""The filters, run by a machine of our own for both processors, and the trees that a candidate may read."""

import errno
import os
import struct
import sys
from pathlib import Path

import pytest

from evoengine.sandbox import landlock, seccomp, syscalls, trees
from evoengine.sandbox.trees import Trees

CONVENTION = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
SELF = 4242


def decide(code: bytes, convention: int, number: int, arguments=()) -> int:
    """Run a filter on one call; give the action."""
    words = [value & 2**64 - 1 for value in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    data = struct.pack("<IIQ6Q", number & 2**32 - 1, convention, 0, *words)
    accumulator, at = 0, 0
    while True:
        operation, yes, no, value = struct.unpack_from("<HBBI", code, 8 * at)
        at += 1
        if operation == 0x06:
            return value
        if operation == 0x20:
            accumulator = struct.unpack_from("<I", data, value)[0]
            continue
        if operation == 0x54:
            accumulator &= value
            continue
        value = SELF if value == seccomp.PID else value
        taken = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[
            operation
        ]
        at += yes if taken else no


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request, monkeypatch):
    monkeypatch.setattr(syscalls, "MACHINE", request.param)
    monkeypatch.setattr(syscalls, "NUMBERS", syscalls.numbers(request.param))
    return request.param


def both(machine, name, *arguments, scratch=False):
    """Give what a child meets: the harsher of the two filters' actions."""
    number = syscalls.NUMBERS[name]
    programs = (seccomp.slot_program(scratch=scratch), seccomp.child_program())
    actions = [decide(program, CONVENTION[machine], number, arguments) for program in programs]
    rank = [seccomp.KILL, seccomp.refuse(errno.EPERM), seccomp.refuse(errno.EAGAIN), seccomp.refuse(errno.ENOSYS),
            seccomp.refuse(errno.EROFS), seccomp.refuse(errno.ENOTTY), seccomp.ALLOW]  # fmt: skip
    return min(actions, key=rank.index)


def test_the_tables_name_every_call_once():
    for machine in CONVENTION:
        numbers = syscalls.numbers(machine)
        assert len(set(numbers.values())) == len(numbers)
    named = (
        seccomp.HARMLESS.split()
        + seccomp.HOSTILE.split()
        + seccomp.CHANGES_FILES.split()
        + seccomp.SLOT_ONLY.split()
    )
    assert len(set(named)) == len(named)
    assert not [name for name in named if name not in syscalls.numbers("x86_64")]
    assert syscalls.numbers("riscv64") == {}


@pytest.mark.parametrize("name", ["read", "mmap", "futex", "exit_group", "clock_gettime", "restart_syscall"])
def test_ordinary_calls_pass(machine, name):
    assert both(machine, name) == seccomp.ALLOW


@pytest.mark.parametrize(
    "name",
    [
        "socket",
        "execve",
        "setsid",
        "capset",
        "umount2",
        "memfd_create",
        "sendmsg",
        "tkill",
        "pidfd_send_signal",
    ],
)
def test_what_is_not_listed_fails(machine, name):
    assert both(machine, name) == seccomp.refuse(errno.EPERM)


@pytest.mark.parametrize(
    "name", ["ptrace", "unshare", "mount", "bpf", "io_uring_setup", "process_vm_readv", "keyctl"]
)
def test_hostile_calls_kill(machine, name):
    assert both(machine, name) == seccomp.KILL
    assert both(machine, name, scratch=True) == seccomp.KILL


def test_other_conventions_kill(machine):
    other = next(value for name, value in CONVENTION.items() if name != machine)
    for program in (seccomp.slot_program(scratch=False), seccomp.child_program()):
        assert decide(program, other, 0) == seccomp.KILL
        if machine == "x86_64":
            assert decide(program, CONVENTION[machine], 0x40000000 + 39) == seccomp.KILL


def test_threads_but_no_processes(machine):
    assert both(machine, "clone", 0x3D0F00) == seccomp.ALLOW
    assert both(machine, "clone", 17) == seccomp.refuse(errno.EAGAIN)
    assert both(machine, "clone", 0x10000000 | 0x10000) == seccomp.refuse(errno.EPERM)
    assert both(machine, "clone3") == seccomp.refuse(errno.ENOSYS)
    slot = seccomp.slot_program(scratch=False)
    assert decide(slot, CONVENTION[machine], syscalls.NUMBERS["clone"], (17,)) == seccomp.ALLOW


def test_processes_and_programs_where_they_are_allowed(machine):
    programs = (
        seccomp.slot_program(scratch=True, processes=True),
        seccomp.child_program(processes=True),
    )

    def decided(name, *arguments):
        number = syscalls.NUMBERS[name]
        return {decide(program, CONVENTION[machine], number, arguments) for program in programs}

    for name, *arguments in (("execve",), ("clone", 17), ("kill", -1, 9), ("tgkill", 1, 1, 6)):
        assert decided(name, *arguments) == {seccomp.ALLOW}
    for name in ("ptrace", "unshare", "mount"):
        assert seccomp.KILL in decided(name)
    for name, *arguments in (("clone", 0x10000000), ("socket",), ("umount2",), ("capset",), ("prctl", 4)):
        assert seccomp.refuse(errno.EPERM) in decided(name, *arguments)
    plain = decide(seccomp.slot_program(scratch=True), CONVENTION[machine], syscalls.NUMBERS["execve"])
    assert plain == seccomp.refuse(errno.EPERM)


def test_devices_may_be_opened_and_asked_what_nvidias_driver_is_asked_and_no_more(machine):
    def decided(name, *arguments):
        program = seccomp.slot_program(scratch=False, devices=True)
        return decide(program, CONVENTION[machine], syscalls.NUMBERS[name], arguments)

    registered, unified, terminal = 0xC04846D2, (1, 75, 0x30000001, 0x30000002), 0x5401
    for command in (registered, *unified, terminal):
        assert decided("ioctl", 3, command) == seccomp.ALLOW
    for command in (0x5412, 0x30000003, 0xC0481234, 0x100):
        assert decided("ioctl", 3, command) == seccomp.refuse(errno.ENOTTY)
    assert both(machine, "ioctl", 3, registered) == seccomp.refuse(errno.ENOTTY)
    assert decided("openat", -100, 0, os.O_RDWR) == seccomp.ALLOW
    assert both(machine, "openat", -100, 0, os.O_RDWR) == seccomp.refuse(errno.EROFS)
    for name, refusal in (("truncate", errno.EROFS), ("mkdirat", errno.EROFS), ("socket", errno.EPERM)):
        assert decided(name) == seccomp.refuse(refusal)


def test_signals_to_itself_only(machine):
    for name in ("kill", "tgkill"):
        assert both(machine, name, SELF, 6) == seccomp.ALLOW
        assert both(machine, name, 1, 9) == seccomp.refuse(errno.EPERM)
        assert both(machine, name, -1, 9) == seccomp.refuse(errno.EPERM)


def test_files_are_opened_to_read_only_without_scratch(machine):
    assert both(machine, "openat", 0, 0, 0o2000000) == seccomp.ALLOW
    for flags in (1, 2, 0o100, 0o1000, 0o20000000):
        assert both(machine, "openat", 0, 0, flags) == seccomp.refuse(errno.EROFS)
        assert both(machine, "openat", 0, 0, flags, scratch=True) == seccomp.ALLOW
    assert both(machine, "renameat") == seccomp.refuse(errno.EROFS)
    assert both(machine, "renameat", scratch=True) == seccomp.ALLOW


def test_arguments_are_looked_at(machine):
    denied = seccomp.refuse(errno.EPERM)
    assert both(machine, "fcntl", 3, 1) == seccomp.ALLOW
    assert both(machine, "fcntl", 3, 8) == denied
    assert both(machine, "prlimit64", 0, 7) == seccomp.ALLOW
    assert both(machine, "prlimit64", 1, 7) == denied
    assert both(machine, "sched_setaffinity", 0) == seccomp.ALLOW
    assert both(machine, "sched_setaffinity", 77) == denied
    assert both(machine, "prctl", 15) == seccomp.ALLOW
    assert both(machine, "prctl", 4) == denied
    assert both(machine, "socketpair", 1, 1) == seccomp.ALLOW
    assert both(machine, "socketpair", 1, 2) == denied
    assert both(machine, "socketpair", 2, 1) == denied
    assert both(machine, "sendto", 3, 99, 1, 0, 0) == seccomp.ALLOW
    assert both(machine, "sendto", 3, 99, 1, 0, 5) == denied
    assert both(machine, "sendto", 3, 99, 1, 0, 5 << 32) == denied
    assert both(machine, "ioctl", 0, 0x5401) == seccomp.ALLOW
    assert both(machine, "ioctl", 0, 0x5412) == seccomp.refuse(errno.ENOTTY)


def test_an_unknown_call_has_no_number():
    with pytest.raises(OSError, match="no system call"):
        syscalls.call("no such call")


def test_a_failing_call_raises():
    with pytest.raises(OSError):
        syscalls.prctl(-1)


def test_the_interpreters_trees_are_readable():
    found = trees.trees()
    assert any(
        Path(sys.base_prefix) == Path(path) or Path(path) in Path(sys.base_prefix).parents
        for path in found.readable
    )
    assert all(not path.startswith(str(Path.home() / ".ssh")) for path in found.readable)


def test_a_tree_with_a_hidden_one_is_named_by_its_entries(tmp_path):
    for name in ("lib/site/mine/secret", "lib/site/other", "bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "lib64").symlink_to("lib")
    (tmp_path / "lib/site/up").symlink_to(tmp_path)
    (tmp_path / "lib/site/aside").symlink_to(tmp_path / "bin")
    hidden = str(tmp_path / "lib/site/mine")
    (tmp_path / "lib/file").touch()
    rules = dict(trees.visible(Trees((str(tmp_path), "/usr", str(tmp_path / "gone")), (hidden,))))
    whole = [str(tmp_path / "bin"), str(tmp_path / "lib/site/other"), "/usr"]
    listed = [str(tmp_path), str(tmp_path / "lib"), str(tmp_path / "lib/site")]
    assert {path for path, rights in rules.items() if rights == landlock.READ_TREE} == set(whole)
    assert {path for path, rights in rules.items() if rights == landlock.LIST} == set(listed)
    assert rules[str(tmp_path / "lib/file")] == landlock.READ | landlock.EXECUTE
    assert len(rules) == len(whole) + len(listed) + 1
