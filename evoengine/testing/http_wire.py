"""Answers of a small HTTP server, as bytes."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any


def error_body(message: str, code: str) -> Mapping[str, Any]:
    """Give an error as OpenAI's servers word it."""
    return {"error": {"message": message, "type": "error", "param": None, "code": code or None}}


async def send(
    writer: asyncio.StreamWriter,
    status: int,
    content: Mapping[str, Any] | bytes,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> None:
    """Answer with JSON or with bytes."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    writer.write(head(status, len(data), headers, content_type) + data)
    await writer.drain()


def head(
    status: int,
    length: int,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> bytes:
    """Give the head of an answer whose body has so many bytes."""
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Type: {content_type}", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode()
