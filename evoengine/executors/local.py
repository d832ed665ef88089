"""One evaluator process per slot on this machine."""

import asyncio
import json
import os
import signal
import socket
import struct
from asyncio import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from evoengine.encoding import decode_evaluation, decode_question, encode_answer, encode_task
from evoengine.errors import ConfigError, EvaluatorError, EvoengineError, ModelError, SandboxError
from evoengine.ports import Ask, Task
from evoengine.types import Evaluation

START_SECONDS = 60.0
GRACE_SECONDS = 5.0
CLOSE_SECONDS = 2.0

PASSED_ON = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV"),
    *("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"),
)
"""The environment of an evaluator process; everything else, API keys above all, stays behind."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Passed on too, and 1 by default: slots that each take all processors for a small product wait for one another."""

_ERRORS: Mapping[str, type[EvoengineError]] = {
    error.__name__: error for error in (ConfigError, EvaluatorError, SandboxError)
}


def environment() -> dict[str, str]:
    """Give the environment of an evaluator process."""
    passed_on = {name: os.environ[name] for name in (*PASSED_ON, *ONE_THREAD) if name in os.environ}
    return dict.fromkeys(ONE_THREAD, "1") | passed_on


def refusal(hello: Mapping[str, Any], where: str = "") -> EvoengineError:
    """Give the error that an evaluator process's message names."""
    return _ERRORS[hello["error"]](f"{where}{hello['message']}", cure=hello["cure"])


def outcome(reply: Mapping[str, Any], where: str = "") -> Evaluation:
    """Give the evaluation that an evaluator process answers with. Raises `ConfigError` where a setting kept it from one."""
    if "error" in reply:
        raise refusal(reply, where)
    texts: Mapping[str, str] = reply["texts"]
    return decode_evaluation(reply["evaluation"], "", texts.__getitem__)


async def answers(message: Mapping[str, Any], ask: Ask | None) -> dict[str, Any]:
    """Have a host's questions answered. Raises what the models do."""
    if ask is None:
        raise ModelError(
            "the evaluator asks a model, and none is configured",
            cure="give --model, or [[models]] with roles",
        )
    replies = await ask([decode_question(body) for body in message["ask"]])
    return {"answers": [encode_answer(reply) for reply in replies]}


class _Host:
    """One evaluator process with its control socket."""

    def __init__(
        self, process: subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.process = process
        self._killed = False
        self._reader = reader
        self._writer = writer

    @property
    def gone(self) -> bool:
        """Whether the process has ended, or will not see the next message."""
        return self._killed or self.process.returncode is not None

    async def receive(self) -> dict[str, Any]:
        """Give the next message. Raises `asyncio.IncompleteReadError` when the process is gone."""
        (size,) = struct.unpack("<I", await self._reader.readexactly(4))
        return json.loads(await self._reader.readexactly(size))

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send a message. Raises `ConnectionError` when the process is gone."""
        data = json.dumps(message).encode()
        self._writer.write(struct.pack("<I", len(data)) + data)
        await self._writer.drain()

    async def close(self) -> None:
        """Let the process end by itself for a moment, then kill it with what it started."""
        self._writer.close()
        try:
            await asyncio.wait_for(self.process.wait(), CLOSE_SECONDS)
        except TimeoutError:
            self.kill()
            await self.process.wait()

    def kill(self) -> None:
        """Kill the process and its group."""
        self._killed = True
        if self.process.returncode is None:
            # It may have ended without the loop having noticed.
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class LocalExecutor:
    """Evaluates on `slots` processes, each with a sandbox slot of its own.

    A process that dies or is stuck is replaced and its task done again, once: the second time it is
    the user's evaluator that is at fault, and `evaluate` says so.

    Parameters
    ----------
    command
        Starts one evaluator process; the number of its control socket's descriptor is appended.
    task_seconds
        The longest that one task may take: the candidate's limit and the evaluator's.
    """

    def __init__(self, command: Sequence[str], *, slots: int, task_seconds: float) -> None:
        self._command = tuple(command)
        self._slots = slots
        self._task_seconds = task_seconds + GRACE_SECONDS
        self._free: asyncio.Queue[_Host] = asyncio.Queue()
        self._hosts: set[_Host] = set()

    @property
    def slots(self) -> int:
        """How many tasks run at once."""
        return self._slots

    @property
    def wanted(self) -> int:
        """One more for each slot."""
        return 2 * self._slots

    async def start(self) -> None:
        """Start every process and wait until all are ready. Raises what the first one failed with."""
        try:
            for host in await asyncio.gather(*(self._start_host() for _ in range(self._slots))):
                self._free.put_nowait(host)
        except BaseException:
            await self.close()
            raise

    async def evaluate(self, task: Task, ask: Ask | None = None) -> Evaluation:
        """Evaluate one task on the next free slot."""
        message = encode_task(task)
        host = await self._free.get()
        try:
            for attempt in (1, 2):
                if host.gone:
                    host = await self._replace(host)
                try:
                    reply = await self._exchange(host, message)
                    while "ask" in reply:
                        reply = await self._exchange(host, await answers(reply, ask))
                except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
                    host.kill()
                    if attempt == 2:
                        raise self._fault(error) from error
                else:
                    return outcome(reply)
        except (asyncio.CancelledError, EvoengineError):
            # The process is still busy with a task that nobody waits for; whoever is next replaces it.
            host.kill()
            raise
        finally:
            self._free.put_nowait(host)
        raise AssertionError

    async def _exchange(self, host: _Host, message: Mapping[str, Any]) -> dict[str, Any]:
        async with asyncio.timeout(self._task_seconds):
            await host.send(message)
            return await host.receive()

    async def close(self) -> None:
        """End every process."""
        hosts, self._hosts = self._hosts, set()
        await asyncio.gather(*(host.close() for host in hosts))

    async def _start_host(self) -> _Host:
        ours, theirs = socket.socketpair()
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours, limit=1 << 20)
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._command,
                    str(theirs.fileno()),
                    stdin=subprocess.DEVNULL,
                    env=environment(),
                    pass_fds=[theirs.fileno()],
                    # A group of its own: Ctrl-C in the terminal is the engine's to handle.
                    start_new_session=True,
                )
            except BaseException:
                writer.close()
                raise
        host = _Host(process, reader, writer)
        self._hosts.add(host)
        try:
            async with asyncio.timeout(START_SECONDS):
                hello = await host.receive()
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
            host.kill()
            raise EvaluatorError(
                f"an evaluator process ended before it was ready (exit code {await process.wait()})",
                cure="its message is above; `evoengine check` runs it alone",
            ) from error
        if "error" in hello:
            raise refusal(hello)
        return host

    async def _replace(self, host: _Host) -> _Host:
        await host.close()
        self._hosts.discard(host)
        return await self._start_host()

    def _fault(self, error: BaseException) -> EvaluatorError:
        how = (
            f"was stuck for {self._task_seconds:g} s (limits.wall_seconds + limits.evaluator_seconds + {GRACE_SECONDS:g})"
            if isinstance(error, TimeoutError)
            else "died"
        )
        return EvaluatorError(
            f"the evaluator {how} twice on the same candidate; its own output is above",
            cure="mend it, try `evoengine check`, then `evoengine resume`: nothing stored is lost",
        )
