"""One OpenAI-compatible endpoint over HTTP: the only module that knows the openai package."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2
import numpy as np
import openai

from evoengine.errors import ModelError
from evoengine.llm.calls import AttemptError, BadRequestError, Call, Completion, RefusedError
from evoengine.llm.dialect import Dialect, Extras, lesser
from evoengine.llm.likelihoods import read_likelihoods
from evoengine.llm.retry import parse_retry_after
from evoengine.llm.specs import ModelSpec, Tokens

CONNECT_SECONDS = 10.0
_REASON_LENGTH = 300

_TRANSIENT = frozenset({408, 409, 425, 429})
_NO_MODEL = frozenset({"model_not_found", "invalid_model", "model_not_available"})
_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_REFUSED = frozenset(
    {
        "context_length_exceeded",
        "exceed_context_size_error",
        "string_above_max_length",
        "content_filter",
        "content_policy_violation",
    }
)
_REFUSED_WORDS = ("maximum context length", "context size", "maximum model length", "content filter")


class Endpoints:
    """The connections of a pool, one `AsyncOpenAI` for each endpoint and key."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._apis: dict[tuple[str, str], openai.AsyncOpenAI] = {}

    def client(self, spec: ModelSpec) -> "OpenAIClient":
        """Give a client. Raises `ModelError` when the variable with the key is not set."""
        key = self._environment.get(spec.api_key_env, "") if spec.api_key_env else ""
        if spec.api_key_env and not key:
            raise ModelError(
                f"{spec.label}: the environment variable {spec.api_key_env}, which is to hold its key, is not set",
                cure=f"export {spec.api_key_env}=..., or name another variable in api_key_env",
            )
        address = (spec.base_url, spec.api_key_env)
        if address not in self._apis:
            self._apis[address] = _connect(spec.base_url, key)
        return OpenAIClient(spec, self._apis[address], key)

    async def close(self) -> None:
        """Close every connection."""
        for api in self._apis.values():
            await api.close()
        self._apis.clear()


def _connect(base_url: str, key: str) -> openai.AsyncOpenAI:
    # A proxy from the environment is not meant for this machine's own servers.
    loopback = urlsplit(base_url).hostname in {"127.0.0.1", "localhost", "::1"}
    return openai.AsyncOpenAI(
        api_key=key or "none",
        base_url=base_url,
        max_retries=0,
        http_client=openai.DefaultAsyncHttpxClient(trust_env=False) if loopback else None,
    )


class OpenAIClient:
    """Chat Completions: the part of the interface that every server has, and what this one takes beyond it."""

    def __init__(self, spec: ModelSpec, api: openai.AsyncOpenAI, key: str) -> None:
        self._spec = spec
        self._api = api
        self._key = key
        self._asking = asyncio.Lock()
        by_openai = urlsplit(spec.base_url).hostname == "api.openai.com"
        # A model that reasons tells no probabilities; OpenAI answers the question as if the key were wrong.
        self._dialect = Dialect(known=by_openai, refused=("logprobs",) if spec.reasoning else ())
        self._max_tokens = "max_completion_tokens" if spec.reasoning or by_openai else "max_tokens"
        self._timeout = openai.Timeout(spec.timeout, connect=min(CONNECT_SECONDS, spec.timeout))

    async def complete(self, call: Call) -> Completion:
        """Make one attempt.

        Raises
        ------
        AttemptError
            Another attempt may succeed: busy, a fault of the server or of the way to it.
        RefusedError
            This prompt is refused.
        ModelError
            The key, the model's name or the settings are wrong: no other attempt will succeed.
        """
        if call.embed:
            return await self._embed(call)
        body: dict[str, Any] = {
            "model": self._spec.name,
            "messages": [{"role": m.role, "content": _sendable(m.content)} for m in call.messages],
            "n": call.n,
            self._max_tokens: self._dialect.most_tokens or self._spec.max_tokens,
        }
        if call.temperature is not None and not self._spec.reasoning:
            body["temperature"] = call.temperature
        if call.choices or call.priority:
            await self._recognise()
        answer = await self._chat(body, self._dialect.extras(call))
        self._dialect.overhear(answer)
        return _completion(answer, call.choices)

    async def _chat(self, body: Mapping[str, Any], extras: Extras) -> object:
        """Ask with extras, and where the endpoint refuses the request, with fewer; it is not asked for those again."""
        wanted, body = extras, dict(body)
        while True:
            fields = {name: value for extra in extras.values() for name, value in extra.items()}
            try:
                data = await self._post("/chat/completions", {**body, **fields, **self._spec.extra_body})
            except BadRequestError as error:
                if self._dialect.shorten(body.get(self._max_tokens, 0), str(error)):
                    body[self._max_tokens] = self._dialect.most_tokens
                elif not extras:
                    raise
                else:
                    extras = lesser(extras, str(error))
            else:
                self._dialect.refuse(wanted.keys() - extras.keys())
                return data

    async def _recognise(self) -> None:
        """Ask the endpoint what it is, once."""
        async with self._asking:
            if self._dialect.known:
                return
            address = f"{self._spec.base_url.removesuffix('/v1')}/version"
            timeout = openai.Timeout(min(CONNECT_SECONDS, self._spec.timeout))
            answer: object = None
            try:
                answer = await self._api.get(address, cast_to=object, options={"timeout": timeout})
            except (openai.APITimeoutError, openai.APIStatusError, ValueError):
                pass  # it is something that does not know the question
            except openai.APIConnectionError:
                return  # nobody is there; the call itself will say so, and the next one asks again
            self._dialect.recognise(answer)

    async def _embed(self, call: Call) -> Completion:
        texts = [_sendable(message.content) for message in call.messages]
        body = {"model": self._spec.name, "input": texts, **self._spec.extra_body}
        return _vectors(await self._post("/embeddings", body), len(texts))

    async def offered(self) -> list[str]:
        """Give the names of the models that the endpoint offers. Raises as `complete` does."""
        data = await self._request("GET", "/models", None)
        try:
            return [str(model["id"]) for model in cast("dict[str, Any]", data)["data"]]
        except (TypeError, KeyError):
            raise AttemptError("the list of models is none: is base_url right?") from None

    async def _post(self, path: str, body: Mapping[str, Any]) -> object:
        data = await self._request("POST", path, body)
        if isinstance(data, dict) and "error" in data:
            raise AttemptError(
                f"the server answers with an error ({self._public(cast('Any', data)['error'])})"
            )
        return cast("object", data)

    async def _request(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        try:
            async with asyncio.timeout(self._spec.timeout):
                if method == "GET":
                    return await self._api.get(path, cast_to=object, options={"timeout": self._timeout})
                return await self._api.post(
                    path, cast_to=object, body=body, options={"timeout": self._timeout}
                )
        except (TimeoutError, openai.APIError, ValueError) as error:
            failure = self._explained(error)
        # Outside of the handler: a chained error could show what the server echoed, the key included.
        raise failure

    def _explained(self, error: Exception) -> Exception:
        """Say what is wrong, without the key."""
        if isinstance(error, openai.APIStatusError):
            return self._status(error)
        if isinstance(error, TimeoutError | openai.APITimeoutError):
            lost = not isinstance(error.__cause__, httpx2.ConnectTimeout | httpx2.PoolTimeout)
            return AttemptError(f"no answer within {self._spec.timeout:g} s", lost=lost)
        if isinstance(error, openai.APIConnectionError):
            cause = error.__cause__
            lost = not isinstance(cause, httpx2.ConnectError)
            return AttemptError(f"the connection failed ({self._public(cause or error)})", lost=lost)
        return AttemptError("the answer is no JSON", lost=True)

    def _status(self, error: openai.APIStatusError) -> Exception:
        spec, status = self._spec, error.status_code
        code, reason = _details(error)
        said = f"{status}: {self._public(reason)}"
        if status in {401, 403}:
            named = f"of {spec.api_key_env} " if spec.api_key_env else ""
            return ModelError(
                f"{spec.label}: the key {named}is refused ({said})",
                cure=f"set {spec.api_key_env} to a valid key"
                if spec.api_key_env
                else "name the environment variable that holds the key in api_key_env",
            )
        if code in _NO_MONEY:
            return ModelError(
                f"{spec.label}: the account is spent ({said})", cure="pay the account, then evoengine resume"
            )
        if status in _TRANSIENT or status >= 500:
            retry_after = parse_retry_after(error.response.headers)
            busy = status == 429 or retry_after is not None
            return AttemptError(f"the server answers {said}", busy=busy, retry_after=retry_after)
        if status == 413 or code in _REFUSED or any(word in reason.lower() for word in _REFUSED_WORDS):
            return RefusedError(said)
        if status == 404 or code in _NO_MODEL:
            return ModelError(
                f"{spec.label}: there is no such model or endpoint ({said})",
                cure="check the model's name, and that base_url ends as the server wants it, mostly in /v1",
            )
        return BadRequestError(
            f"{spec.label}: the request is refused ({said})",
            cure="correct the model's settings: reasoning, max_tokens, temperatures, extra_body",
        )

    def _public(self, reason: object) -> str:
        text = " ".join(str(reason).split())[:_REASON_LENGTH]
        return text.replace(self._key, "[key]") if self._key else text


def _details(error: openai.APIStatusError) -> tuple[str, str]:
    """Give the code and the message of an error body, whatever its form."""
    content: Any = error.body
    if not isinstance(content, dict):
        return "", str(content or error.response.reason_phrase)
    body = cast("dict[str, Any]", content)
    codes = [str(body.get(key)) for key in ("code", "type") if body.get(key) is not None]
    known = _NO_MODEL | _NO_MONEY | _REFUSED
    code = next((code for code in codes if code in known), "")
    return code, str(body.get("message") or body)


def _sendable(text: str) -> str:
    """Replace lone surrogates, which are no UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _completion(data: object, wanted: Sequence[str]) -> Completion:
    """Read a reply, with the likelihood of each choice wanted. Raises `AttemptError` where it is none."""
    try:
        body = cast("dict[str, Any]", data)
        choices = cast("Sequence[dict[str, Any]]", body["choices"])
        texts = tuple(str(choice["message"].get("content") or "") for choice in choices)
        tokens = _tokens(body.get("usage"))
        told = [choice.get("logprobs") for choice in choices] if wanted else []
    except (TypeError, KeyError, AttributeError, ValueError):
        shape = "text" if isinstance(data, str) else "JSON of another shape"
        raise AttemptError(
            f"the answer is no chat completion but {shape}: is base_url right?", lost=True
        ) from None
    if not texts:
        raise AttemptError("the answer holds no choices", lost=True)
    likelihoods = tuple(read_likelihoods(logprobs, wanted) for logprobs in told)
    return Completion(texts, tokens, likelihoods=likelihoods if all(likelihoods) else ())


def _vectors(data: object, number: int) -> Completion:
    """Read the answer to so many texts. Raises `AttemptError` where it is none."""
    try:
        body = cast("dict[str, Any]", data)
        items = sorted(cast("list[dict[str, Any]]", body["data"]), key=lambda item: item["index"])
        vectors = tuple(tuple(np.asarray(item["embedding"], np.float32).tolist()) for item in items)
        tokens = _tokens(body.get("usage"))
    except (TypeError, KeyError, AttributeError, ValueError):
        raise AttemptError("the answer holds no embeddings: is base_url right?", lost=True) from None
    if len(vectors) != number or len({len(vector) for vector in vectors}) != 1:
        raise AttemptError("the answer holds another number of embeddings than was asked for", lost=True)
    return Completion((), tokens, vectors)


def _tokens(usage: dict[str, Any] | None) -> Tokens | None:
    if not usage:
        return None
    prompt = int(usage["prompt_tokens"])
    # Where completion_tokens leave hidden reasoning out, the total still has it.
    output = max(int(usage.get("completion_tokens") or 0), int(usage.get("total_tokens") or 0) - prompt)
    details = cast("dict[str, Any]", usage.get("prompt_tokens_details") or {})
    return Tokens(prompt, output, min(prompt, int(details.get("cached_tokens") or 0)))
