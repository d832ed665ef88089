"""The warm fork server: imports the preload list once, then forks one child per candidate.

Single-threaded, and without a secret to lose: no environment, no descriptor but its control socket.
"""

import contextlib
import fcntl
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from evoengine.sandbox import child, wire

REPORT, READY = b"R", b"G"
FORK, KILL = b"F"[0], b"K"[0]
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Server:
    """Forks a child for every `FORK` with its four descriptors, and reports how each ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._child = 0
        self._base = _address_space()
        self._wakeup, alarm = socket.socketpair()
        self._wakeup.setblocking(False)
        alarm.setblocking(False)
        self._alarm = alarm

    def run(self) -> None:
        """Serve until the control socket closes."""
        # Without a handler of ours a SIGCHLD would not reach the wake-up socket.
        signal.signal(signal.SIGCHLD, _wake)
        signal.set_wakeup_fd(self._alarm.fileno(), warn_on_full_buffer=False)
        gc.collect()
        gc.freeze()
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wakeup, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._wakeup.fileno() in ready:
                self._wakeup.recv(4096)
                self._reap(os.WNOHANG)
            if self._control.fileno() in ready:
                data, descriptors, _, _ = socket.recv_fds(self._control, 64, 4)
                if not data:
                    return
                for command in data:
                    self._obey(command, descriptors)

    def end(self) -> None:
        """End the child with the slot."""
        if self._child:
            os.kill(self._child, signal.SIGKILL)
            _signal_group(self._child)

    def _obey(self, command: int, descriptors: list[int]) -> None:
        if command == KILL:
            self._kill()
            return
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            self._become(descriptors)
        self._child = pid
        for descriptor in descriptors:
            os.close(descriptor)

    def _kill(self) -> None:
        if self._child:
            os.kill(self._child, signal.SIGKILL)
            self._reap(0)

    def _reap(self, flags: int) -> None:
        """Wait for the child, end whatever it left behind, and report."""
        if not self._child:
            return
        pid, status, usage = os.wait4(self._child, flags)
        if not pid:
            return
        _signal_group(self._child)
        self._child = 0
        body = {
            "status": status,
            "cpu": usage.ru_utime + usage.ru_stime,
            "memory": usage.ru_maxrss if sys.platform == "darwin" else usage.ru_maxrss << 10,
        }
        self._control.sendall(wire.frame(REPORT, json.dumps(body).encode()))

    def _become(self, descriptors: list[int]) -> NoReturn:
        """Be the child: nothing of the slot's but standard streams, channel and handshake."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            output, requests, answers, handshake = (_duplicate(descriptor) for descriptor in descriptors)
            for number, descriptor in enumerate((output, output, requests, answers, handshake), 1):
                os.dup2(descriptor, number, inheritable=False)
            os.closerange(6, 1024)

            def confine(limits: dict[str, float]) -> None:
                child.set_limits(limits, self._base)
                os.write(5, b"k")
                os.close(5)

            child.Served(requests=3, answers=4).load(confine)
        finally:
            os._exit(97)


def _wake(number: int, frame: object) -> None:
    del number, frame


def _duplicate(descriptor: int) -> int:
    """Move a descriptor out of the way of the low numbers that it is about to be copied to."""
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 100)


def _signal_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _address_space() -> int:
    """Give the bytes of address space that this process takes up already."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * _PAGE
    except OSError:
        return 1 << 30


def serve(descriptor: int) -> None:
    """Set up as the first frame on the control socket says, then serve."""
    control = socket.socket(fileno=descriptor)
    setup = _receive(control)
    try:
        for name in setup["preload"]:
            importlib.import_module(name)
    except ImportError as error:
        _answer(control, {"error": f"the preload list names {error.name!r}: {error}"})
        return
    # Every candidate starts from the same generators, so unseeded randomness repeats.
    random.seed(0)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(0)
    server = Server(control)
    _answer(control, {})
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
    control.sendall(wire.frame(READY, json.dumps(body).encode()))
