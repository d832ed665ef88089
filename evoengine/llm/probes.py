"""What a vLLM server says of itself, over plain HTTP and without a key."""

import json
import re
import time
from dataclasses import dataclass
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

PROBE_SECONDS = 1.0
"""How long an answer is waited for, and what a rate is measured over."""

_LINE = re.compile(r"^vllm:(\w+?)(?:_total)?(?:\{[^}]*\})? (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """The figures of a server, since it was started and whoever asked it.

    Attributes
    ----------
    running, waiting
        Requests now.
    prefix_hits
        The share of prompt tokens that were found in the prefix cache, in [0, 1]; None: none was looked up.
    tokens_in, tokens_out
        Of prompts and of answers.
    tokens_per_second
        Tokens of answers, measured over a second; 0 where nothing runs.
    """

    base_url: str
    running: int
    waiting: int
    prefix_hits: float | None
    tokens_in: int
    tokens_out: int
    tokens_per_second: float = 0.0


def get_text(url: str, seconds: float = PROBE_SECONDS) -> str | None:
    """Give what an address answers, or None where nothing well is answered in time."""
    local = urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
    # A proxy from the environment is not meant for this machine's own servers.
    opener = build_opener(ProxyHandler({})) if local else build_opener()
    try:
        with opener.open(url, timeout=seconds) as answer:
            return answer.read().decode("utf-8", "replace")
    except (URLError, OSError, ValueError):
        return None


def served_name(base_url: str) -> str | None:
    """Give the name under which a server has its model, the first that it lists; None where it lists none without a key."""
    text = get_text(f"{base_url}/models")
    return None if text is None else json.loads(text)["data"][0]["id"]


def server_figures(base_url: str) -> ServerFigures | None:
    """Ask for ``/metrics``, once more after a second where something runs; None where it is no vLLM that answers."""
    first = _read(base_url)
    if first is None or not first.running:
        return first
    begun = time.monotonic()
    time.sleep(PROBE_SECONDS)
    second = _read(base_url)
    if second is None:
        return None
    rate = (second.tokens_out - first.tokens_out) / (time.monotonic() - begun)
    return ServerFigures(
        base_url,
        second.running,
        second.waiting,
        second.prefix_hits,
        second.tokens_in,
        second.tokens_out,
        rate,
    )


def _read(base_url: str) -> ServerFigures | None:
    text = get_text(f"{base_url.removesuffix('/v1')}/metrics")
    found: dict[str, float] = {}
    for name, value in _LINE.findall(text or ""):
        # One line for each engine of a server.
        found[name] = found.get(name, 0.0) + float(value)
    if "num_requests_running" not in found:
        return None
    queries = found.get("prefix_cache_queries", 0.0)
    return ServerFigures(
        base_url,
        int(found["num_requests_running"]),
        int(found.get("num_requests_waiting", 0.0)),
        found.get("prefix_cache_hits", 0.0) / queries if queries else None,
        int(found.get("prompt_tokens", 0.0)),
        int(found.get("generation_tokens", 0.0)),
    )
