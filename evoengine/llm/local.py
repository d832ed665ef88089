"""A model on this machine: llama.cpp's own OpenAI-compatible server, as a child process."""

import asyncio
import importlib.util
import json
import os
import sys
import tempfile
from typing import BinaryIO, Self

from evoengine.errors import ConfigError, ModelError
from evoengine.llm.specs import GGUF, ModelSpec

_START_SECONDS = 600.0
_STOP_SECONDS = 10.0
_TAIL_BYTES = 2000


class LocalServer:
    """A server for one file of weights, on a free port of the loopback device.

    It ends when `stop` is called or when the process that started it ends, however that ends.
    """

    def __init__(self, process: asyncio.subprocess.Process, log: BinaryIO) -> None:
        self._process = process
        self._log = log
        self.url = ""

    @classmethod
    async def start(cls, spec: ModelSpec) -> Self:
        """Start a server and wait until the model is loaded.

        Raises
        ------
        ConfigError
            The extra that brings llama.cpp is not installed.
        ModelError
            The weights cannot be loaded; the message ends with what the server said.
        """
        if importlib.util.find_spec("xllamacpp") is None:
            raise ConfigError(
                f"model {spec.name}: running a .gguf file takes the extra [local], which is not installed",
                cure="pip install 'evoengine[local]'",
            )
        weights = spec.base_url.removeprefix(GGUF)
        log = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the server
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "evoengine.llm.llama",
            weights,
            str(spec.concurrency),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=os.environ | {"OMP_WAIT_POLICY": "passive"},
            # Ctrl-C is for the run, which still wants the answers under way.
            start_new_session=True,
        )
        server = cls(process, log)
        assert process.stdout is not None
        try:
            async with asyncio.timeout(_START_SECONDS):
                line = await process.stdout.readline()
                server.url = json.loads(line)["url"] + "/v1"
        except (TimeoutError, ValueError):
            tail = server._tail()
            await server.stop()
            raise ModelError(
                f"model {spec.name}: llama.cpp cannot serve {weights}\n{tail}",
                cure="see whether the file is a whole GGUF model and fits into memory",
            ) from None
        except BaseException:
            await server.stop()
            raise
        return server

    async def stop(self) -> None:
        """End the process. May be called twice."""
        if self._log.closed:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._log.close()

    def _tail(self) -> str:
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - _TAIL_BYTES))
        return self._log.read().decode("utf-8", "replace").strip()
