"""An OpenAI-compatible server on loopback that answers, or fails, as a script says.

``python -m evoengine.testing.model_server SECONDS`` serves until it is ended; the address goes to standard output.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from evoengine.rng import digest_text
from evoengine.testing.http_wire import error_body, head, send

FaultKind = Literal["status", "hang", "reset", "half", "malformed", "html", "empty", "drip"]

_STREAM_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request in place of a good answer.

    ``status`` answers with an error status, its `code` and its `headers`; ``hang`` never answers;
    ``reset`` closes the connection without a word, ``half`` in the middle of the answer; ``malformed``
    is JSON that breaks off, ``html`` a page, ``empty`` an answer without choices; ``drip`` sends a
    byte at a time, one each `seconds`.
    """

    kind: FaultKind
    status: int = 500
    code: str = ""
    message: str = "the server is out of order"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    seconds: float = 0.05


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: its number from 0, its body, its headers (names in lower case), and whether for vectors."""

    number: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    embeds: bool = False

    @property
    def prompt(self) -> str:
        """The last message."""
        return self.body["messages"][-1]["content"]


def near(request: Request, index: int) -> str:
    """Answer with a number near the one in the prompt, another one for each request."""
    noise = int(digest_text(f"{request.number}/{index}")[:8], 16) / 2**32 - 0.5
    return f"{float(request.prompt) + noise:.6f}"


def embedding(text: str) -> list[float]:
    """Give the counts of a text's words, hashed to 64 places: texts of the same words are alike."""
    counts = [0.0] * 64
    for word in text.split():
        counts[int(digest_text(word)[:8], 16) % len(counts)] += 1.0
    return counts


def first(*faults: Fault | None) -> Callable[[Request], Fault | None]:
    """Give a script in which the first requests fare so, and all later ones well."""
    return lambda request: faults[request.number] if request.number < len(faults) else None


class ModelServer:
    """Serves Chat Completions, `embedding` and the list of models. Use as ``with``: it runs in a thread of its own.

    Parameters
    ----------
    answer
        Gives the text of sample `index` of a request.
    delay
        Seconds before an answer.
    fault
        Gives what is wrong with a request, or None.
    samples
        Whether `n` samples are given, only one whatever `n` is, or any other `n` than 1 refused.
    names
        The models that are offered; others are not found.
    key
        The key that is asked for; empty: none.
    port
        0: any that is free.
    usage
        Tokens of the prompt and of each sample, cached and hidden ones; None: answers tell no usage.

    Attributes
    ----------
    requests
        Requests to models so far, in order of arrival.
    replies
        How many of them were answered well.
    peak
        The most that were under way at once.
    """

    def __init__(
        self,
        answer: Callable[[Request, int], str] = near,
        *,
        delay: float = 0.0,
        fault: Callable[[Request], Fault | None] = lambda _: None,
        samples: Literal["many", "one", "refused"] = "many",
        names: Sequence[str] = ("small",),
        key: str = "",
        usage: Mapping[str, int] | None = None,
        port: int = 0,
    ) -> None:
        self.answer = answer
        self.delay = delay
        self.fault = fault
        self.samples = samples
        self.names = tuple(names)
        self.key = key
        self.usage = {"prompt": 10, "sample": 10} if usage is None else usage
        self.requests: list[Request] = []
        self.replies = 0
        self.peak = 0
        self.port = port
        self.url = ""
        self._in_flight = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self.serve(lambda _: self._ready.set()))

    async def serve(self, announce: Callable[[str], object]) -> None:
        """Announce the address, and serve until the end of ``with``, or for ever."""
        self._loop = asyncio.get_running_loop()
        connections: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(self._connection(reader, writer))
            connections.add(task)
            task.add_done_callback(connections.discard)

        server = await asyncio.start_server(connected, "127.0.0.1", self.port, limit=_STREAM_BYTES)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        announce(self.url)
        await self._ending.wait()
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in head[1:])
                }
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                await self._exchange(writer, head[0].split(" ")[1], headers, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client is gone, or the script wants it to think that we are
        finally:
            writer.close()

    async def _exchange(
        self, writer: asyncio.StreamWriter, path: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        if path == "/v1/models":
            listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in self.names]}
            await send(writer, 200, listed)
            return
        if path not in {"/v1/chat/completions", "/v1/embeddings"}:
            await send(writer, 404, b"Not Found", content_type="text/plain")
            return
        request = Request(len(self.requests), json.loads(body), headers, path == "/v1/embeddings")
        self.requests.append(request)
        self._in_flight += 1
        self.peak = max(self.peak, self._in_flight)
        try:
            fault = self._refusal(request) or self.fault(request)
            if fault is None or fault.kind in {"half", "drip"}:
                await asyncio.sleep(self.delay)
            if fault is None:
                await send(writer, 200, self._completion(request))
                self.replies += 1
            else:
                await self._fail(writer, fault, request)
        finally:
            self._in_flight -= 1

    def _refusal(self, request: Request) -> Fault | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.key and given != self.key:
            return Fault("status", 401, "invalid_api_key", f"Incorrect API key provided: {given}")
        if request.body["model"] not in self.names:
            return Fault(
                "status", 404, "model_not_found", f"The model {request.body['model']} does not exist"
            )
        if self.samples == "refused" and request.body.get("n", 1) != 1:
            return Fault("status", 400, "unsupported_value", "Only one completion choice is allowed")
        return None

    def _completion(self, request: Request) -> Mapping[str, Any]:
        if request.embeds:
            return self._embeddings(request)
        number = request.body.get("n", 1) if self.samples == "many" else 1
        choices = [
            {
                "index": index,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": self.answer(request, index)},
            }
            for index in range(number)
        ]
        completion = {
            "id": f"chatcmpl-{request.number}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": request.body["model"],
            "choices": choices,
        }
        if self.usage:
            prompt, output = self.usage["prompt"], number * self.usage["sample"]
            completion["usage"] = {
                "prompt_tokens": prompt,
                "completion_tokens": output,
                "total_tokens": prompt + output + self.usage.get("hidden", 0),
                "prompt_tokens_details": {"cached_tokens": self.usage.get("cached", 0)},
            }
        return completion

    def _embeddings(self, request: Request) -> Mapping[str, Any]:
        texts = request.body["input"]
        vectors = [
            {"object": "embedding", "index": index, "embedding": embedding(text)}
            for index, text in enumerate(texts)
        ]
        tokens = self.usage.get("prompt", 0) * len(texts)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return {"object": "list", "model": request.body["model"], "data": vectors, "usage": usage}

    async def _fail(self, writer: asyncio.StreamWriter, fault: Fault, request: Request) -> None:
        good = json.dumps(self._completion(request)).encode()
        match fault.kind:
            case "status":
                await send(writer, fault.status, error_body(fault.message, fault.code), fault.headers)
            case "hang":
                await self._ending.wait()
            case "reset":
                writer.transport.abort()
            case "half":
                writer.write(head(200, len(good)) + good[: len(good) // 2])
                await writer.drain()
                writer.close()
            case "malformed":
                await send(writer, 200, good[: len(good) // 2])
            case "html":
                await send(writer, 200, b"<html><body>Welcome</body></html>", content_type="text/html")
            case "empty":
                await send(writer, 200, {"choices": []})
            case "drip":
                writer.write(head(200, len(good)))
                for position in range(len(good)):
                    writer.write(good[position : position + 1])
                    await writer.drain()
                    await asyncio.sleep(fault.seconds)


def main() -> None:
    """Serve with the delay of the command line."""

    def announce(url: str) -> None:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()

    asyncio.run(ModelServer(delay=float(sys.argv[1])).serve(announce))


if __name__ == "__main__":
    main()
