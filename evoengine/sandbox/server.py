"""The warm fork server: imports the preload list once, then forks one child per candidate.

Single-threaded, and without a secret to lose: no environment, no descriptor but its control socket.
"""

import contextlib
import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
from typing import Any, NoReturn

from evoengine.sandbox import child, wire
from evoengine.sandbox.confine import Confinement, ConfinementError
from evoengine.sandbox.devices import DESCRIPTORS, Devices

REPORT, READY = b"R", b"G"
COMMAND = struct.Struct("<cI")
"""What to do, and the number of the child."""
ENDED = struct.Struct("<IidQ")
"""The number of a child, its wait status, CPU seconds and peak memory in bytes."""
FORK, KILL = b"F", b"K"
_STANDARD = 6
"""A child's descriptors: null, output twice, requests, answers, handshake."""
_DESCRIPTORS = 64
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Server:
    """Forks a child for every `FORK` with its four descriptors, and reports how each ended.

    The next one is forked when the last has ended, and waits, confined, for its candidate.
    """

    def __init__(self, control: socket.socket, confinement: Confinement, base: int) -> None:
        self._control = control
        self._confinement = confinement
        self._base = base
        self._children: dict[int, int] = {}
        self._wakeup, self._alarm = os.pipe()
        for descriptor in (self._wakeup, self._alarm):
            os.set_blocking(descriptor, False)

    def run(self) -> None:
        """Serve until the control socket closes."""
        # Without a handler of ours a SIGCHLD would not reach the wake-up pipe.
        signal.signal(signal.SIGCHLD, _wake)
        signal.set_wakeup_fd(self._alarm, warn_on_full_buffer=False)
        gc.collect()
        gc.freeze()
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wakeup, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._wakeup in ready:
                os.read(self._wakeup, 4096)
                for number in list(self._children):
                    self._reap(number, os.WNOHANG)
            if self._control.fileno() in ready:
                data, descriptors, _, _ = socket.recv_fds(self._control, COMMAND.size, 4)
                if not data:
                    return
                command, number = COMMAND.unpack(data)
                self._obey(command, number, descriptors)

    def end(self) -> None:
        """End the children with the slot."""
        for number in list(self._children):
            os.kill(self._children[number], signal.SIGKILL)
            with contextlib.suppress(ConnectionError):
                self._reap(number, 0)

    def _obey(self, command: bytes, number: int, descriptors: list[int]) -> None:
        if command == KILL:
            if number in self._children:
                self._confinement.strike(self._children[number])
                self._reap(number, 0)
            return
        pid = os.fork()
        if pid == 0:
            self._become(descriptors)
        self._children[number] = pid
        for descriptor in descriptors:
            os.close(descriptor)

    def _reap(self, number: int, flags: int) -> None:
        """Wait for a child, end whatever it left behind, and report."""
        pid, status, usage = os.wait4(self._children[number], flags)
        if not pid:
            return
        del self._children[number]
        used = [usage, *self._confinement.sweep(pid, self._children.values())]
        self._confinement.tidy()
        memory = max(one.ru_maxrss for one in used) << (0 if sys.platform == "darwin" else 10)
        body = ENDED.pack(number, status, sum(one.ru_utime + one.ru_stime for one in used), memory)
        self._control.sendall(wire.frame(REPORT, body))

    def _become(self, descriptors: list[int]) -> NoReturn:
        """Be the child: nothing of the slot's but standard streams, requests, answers and handshake."""
        try:
            signal.set_wakeup_fd(-1)
            os.setsid()
            for target, descriptor in enumerate((descriptors[0], *descriptors), 1):
                os.dup2(descriptor, target, inheritable=False)
            self._confinement.child(keep=_STANDARD)
            served = child.Served(requests=3, answers=4, programs=self._confinement.programs)
            served.load(self._limit)
        except BaseException as error:  # noqa: BLE001 - the child must never return into the slot's loop
            os.write(2, f"{type(error).__name__}: {error}"[:500].encode("utf-8", "replace"))
        finally:
            os._exit(97)

    def _limit(self, limits: dict[str, float]) -> None:
        """Set the limits, and say with one byte that nothing is missing any more."""
        # A driver's library reserves address space by the hundred gigabytes, and uses little of it.
        opens = bool(self._confinement.devices.names)
        base, descriptors = (0, DESCRIPTORS) if opens else (self._base, _DESCRIPTORS)
        child.set_limits(limits, base, self._confinement.processes, descriptors)
        if self._confinement.scratch is not None:
            os.chdir(self._confinement.scratch)
        os.write(5, b"k")
        os.close(5)


def _wake(number: int, frame: object) -> None:
    del number, frame


def _address_space(proc: int) -> int:
    """Give the bytes of address space that this process takes up already.

    `proc` is a descriptor of /proc from before it went out of sight.
    """
    if proc < 0:
        return 1 << 30
    statm = os.open("self/statm", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    pages = int(os.read(statm, 256).split()[0])
    os.close(statm)
    os.close(proc)
    return pages * _PAGE


def _out_of_the_way(descriptor: int) -> socket.socket:
    """Move the control socket up and fill the numbers that a child's descriptors are copied to."""
    control = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _STANDARD)
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for number in range(3, _STANDARD):
        if number != null:
            os.dup2(null, number, inheritable=False)
    return socket.socket(fileno=control)


def serve(descriptor: int) -> None:
    """Set up as the first frame on the control socket says, then serve."""
    control = _out_of_the_way(descriptor)
    setup = _receive(control)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    devices = Devices(*map(tuple, setup["devices"]))
    confinement = Confinement(setup["level"], processes=setup["processes"], devices=devices)
    try:
        proc = os.open("/proc", os.O_PATH | os.O_CLOEXEC) if sys.platform == "linux" else -1
        confinement.enter()
        for name in [*setup["preload"], *(["subprocess", "tempfile"] if confinement.programs else [])]:
            importlib.import_module(name)
    except ConfinementError as error:
        _answer(control, {"step": error.step, "reason": error.reason})
        return
    except ImportError as error:
        _answer(control, {"step": "the preload list", "reason": str(error).strip()[:300]})
        return
    if "numpy" in sys.modules:
        # NumPy imports it when first used, which would cost every candidate 10 ms; and every candidate starts
        # from the same generator, so that unseeded randomness repeats.
        importlib.import_module("numpy.random").seed(0)
    server = Server(control, confinement, _address_space(proc))
    _answer(control, dict(confinement.facts()))
    with contextlib.suppress(ConnectionError):
        server.run()
    server.end()
    os._exit(0)


def _receive(control: socket.socket) -> dict[str, Any]:
    data = bytearray()
    while len(data) < wire.HEADER.size or len(data) < wire.HEADER.size + wire.HEADER.unpack_from(data)[1]:
        chunk = control.recv(65536)
        if not chunk:
            sys.exit(0)
        data += chunk
    return json.loads(data[wire.HEADER.size :])


def _answer(control: socket.socket, body: dict[str, Any]) -> None:
    try:
        control.sendall(wire.frame(READY, json.dumps(body).encode()))
    except ConnectionError:
        # The engine gave up on its slots meanwhile, as it does when the first of several is refused.
        sys.exit(0)
