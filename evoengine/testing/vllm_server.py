"""A server on loopback that speaks vLLM's dialect: its extra fields, its metrics, its adapters.

``python -m evoengine.testing.vllm_server serve MODEL [OPTIONS]`` takes the options of ``vllm serve`` that
`evoengine serve` gives, and serves until it is ended. No model is behind it.
"""

import argparse
import asyncio
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from evoengine.rng import digest_text
from evoengine.testing.http_wire import send
from evoengine.testing.model_server import Fault, ModelServer, Request, near

_BLOCK = 16
"""Characters of a prompt that the prefix cache holds or lacks together."""

_TOKEN = 3
"""Characters of a token."""

_END = "<|im_end|>"


class VLLMServer(ModelServer):
    """A `ModelServer` with what vLLM adds.

    Parameters
    ----------
    version
        What ``/version`` says. Below 0.11 choices are asked for with ``guided_choice``, from then on with
        ``structured_outputs``; the other one is ignored, as vLLM ignores what it does not know.
    beliefs
        The probability of each text that is answered where choices are asked for, or ``logprobs``.
    prioritised
        Whether priorities are taken; otherwise they are refused.
    refuses
        Fields that are refused.
    context
        Answers of more tokens are refused, as vLLM refuses what its model's context cannot hold.
    options
        Those of `ModelServer`.
    """

    def __init__(
        self,
        answer: Callable[[Request, int], str] = near,
        *,
        version: str = "0.20.0",
        beliefs: Mapping[str, float] | None = None,
        prioritised: bool = True,
        refuses: Sequence[str] = (),
        context: int = 1 << 20,
        **options: Any,
    ) -> None:
        super().__init__(answer, **options)
        self.version = version
        self.beliefs = dict(beliefs or {})
        self.prioritised = prioritised
        self.refuses = tuple(refuses)
        self.context = context
        self.asked_version = 0
        self.blocks = {"queries": 0, "hits": 0}
        self._cached: set[str] = set()

    async def _exchange(
        self, writer: asyncio.StreamWriter, path: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        match path:
            case "/version":
                self.asked_version += 1
                await send(writer, 200, {"version": self.version})
            case "/health":
                await send(writer, 200, b"")
            case "/metrics":
                await send(writer, 200, self._metrics().encode(), content_type="text/plain; version=0.0.4")
            case _:
                await super()._exchange(writer, path, headers, body)

    def _refusal(self, request: Request) -> Fault | None:
        for name in self.refuses:
            if name in request.body:
                return Fault("status", 400, "BadRequestError", f"{name} is not supported here")
        asked = request.body.get("max_tokens", 0)
        if asked > self.context:
            message = f"max_tokens={asked} cannot be greater than max_model_len={self.context}."
            return Fault("status", 400, "BadRequestError", message)
        if request.body.get("priority", 0) and not self.prioritised:
            message = "Got priority 1 but Priority scheduling is not enabled."
            return Fault("status", 400, "BadRequestError", message)
        return super()._refusal(request)

    def _completion(self, request: Request) -> Mapping[str, Any]:
        completion = super()._completion(request)
        if not request.embeds:
            self._cache(request)
            for choice in completion["choices"]:
                self._choose(request, choice)
        return completion

    def _choose(self, request: Request, choice: dict[str, Any]) -> None:
        allowed = self._constrained(request.body)
        if not allowed and not request.body.get("logprobs"):
            return
        text = max(allowed or self.beliefs, key=lambda word: self.beliefs.get(word, 0.0))
        choice["message"]["content"] = text
        if request.body.get("logprobs"):
            choice["logprobs"] = {"content": list(_tokens(self.beliefs, text))}

    def _constrained(self, body: Mapping[str, Any]) -> Sequence[str]:
        old = self.version.startswith(("0.8.", "0.9.", "0.10."))
        return body.get("guided_choice", ()) if old else body.get("structured_outputs", {}).get("choice", ())

    def _cache(self, request: Request) -> None:
        prompt = "\n".join(message["content"] for message in request.body["messages"])
        prefixes = [digest_text(prompt[:end]) for end in range(_BLOCK, len(prompt) + 1, _BLOCK)]
        self.blocks["queries"] += len(prefixes)
        self.blocks["hits"] += sum(prefix in self._cached for prefix in prefixes)
        self._cached.update(prefixes)

    def _metrics(self) -> str:
        model = f'{{engine="0",model_name="{self.names[0]}"}}'
        figures = {
            "num_requests_running": self._in_flight,
            "num_requests_waiting": 0,
            "prefix_cache_queries_total": _BLOCK * self.blocks["queries"],
            "prefix_cache_hits_total": _BLOCK * self.blocks["hits"],
            "prompt_tokens_total": self.replies * self.usage["prompt"],
            "generation_tokens_total": self.replies * self.usage["sample"],
        }
        lines = [f"vllm:{name}{model} {float(value)}" for name, value in figures.items()]
        return "\n".join(["# HELP vllm:num_requests_running Requests in execution.", *lines, ""])


def _tokens(beliefs: Mapping[str, float], text: str) -> Iterator[Mapping[str, Any]]:
    """Give a text's tokens with the alternatives at each of them and their true probabilities."""
    written = ""
    while True:
        open_ = {word: p for word, p in beliefs.items() if word.startswith(written)}
        next_: dict[str, float] = {}
        for word, p in open_.items():
            token = word[len(written) : len(written) + _TOKEN] or _END
            next_[token] = next_.get(token, 0.0) + p / sum(open_.values())
        taken = text[len(written) : len(written) + _TOKEN] or _END
        offered = [{"token": token, "logprob": math.log(p)} for token, p in next_.items()]
        yield {"token": taken, "logprob": math.log(next_[taken]), "top_logprobs": offered}
        if taken == _END:
            return
        written += taken


def main() -> None:
    """Serve with the options of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("model")
    parser.add_argument("--port", type=int)
    parser.add_argument("--served-model-name")
    parser.add_argument("--scheduling-policy")
    parser.add_argument("--lora-modules", nargs="*", default=[])
    options, _ = parser.parse_known_args()
    names = [options.served_model_name or options.model]
    names += (module.partition("=")[0] for module in options.lora_modules)
    prioritised = options.scheduling_policy == "priority"
    server = VLLMServer(names=names, port=options.port, prioritised=prioritised)
    sys.stderr.write(f"fake vllm: {' '.join(sys.argv[1:])}\n")
    asyncio.run(server.serve(lambda _: None))


if __name__ == "__main__":
    main()
