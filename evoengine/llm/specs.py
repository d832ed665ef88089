"""What is known of a model before it is asked, and how ``--model`` names one."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from evoengine.errors import ConfigError

OPENAI_URL = "https://api.openai.com/v1"
VLLM_URL = "http://127.0.0.1:8000/v1"
ROLES = ("mutate", "reflect", "judge", "task", "embed")

SCRIPTED, GGUF, SIMULATED, BLIND = "scripted:", "gguf:", "simulated:", "blind:"
"""Beginnings of a `base_url` that is no URL: a script, weights for a server of our own, and two simulations."""

_FORMS = (
    "gpt-5-mini, http://HOST:PORT/v1#MODEL, vllm:http://HOST:PORT, path/to/model.gguf, scripted:FILE, simulated: or"
    " blind:SEED"
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one answer: `cached` is a part of `prompt`, hidden reasoning a part of `output`."""

    prompt: int
    output: int
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens; `cached_input` None: as much as `input`."""

    input: float
    output: float
    cached_input: float | None = None

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value is not None and not 0.0 <= value < float("inf"):
                raise ConfigError(
                    f"price {name} = {value}: not an amount", cure="give US dollars per million tokens"
                )

    def __str__(self) -> str:
        cached = "" if self.cached_input is None else f" (${self.cached_input:g} cached)"
        return f"${self.input:g}{cached} in, ${self.output:g} out per million tokens"

    def dollars(self, tokens: Tokens) -> float:
        """Give what these tokens cost."""
        cached_input = self.input if self.cached_input is None else self.cached_input
        fresh = (tokens.prompt - tokens.cached) * self.input
        return (fresh + tokens.cached * cached_input + tokens.output * self.output) / 1e6


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model at one endpoint.

    Parameters
    ----------
    name
        As the endpoint calls it; empty takes the only one that the endpoint offers.
    base_url
        The endpoint, up to and with ``/v1``; or ``scripted:FILE``, ``gguf:FILE``, ``simulated:`` or
        ``blind:SEED``.
    api_key_env
        The environment variable that holds the key; empty sends none. The key itself is nowhere here.
    weight
        How often it is chosen among the models of a role, relative to the others.
    price
        None: unknown.
    temperatures
        One of them is drawn for each request that leaves it open; empty leaves it to the endpoint.
    max_tokens
        Of one sample, hidden reasoning included.
    extra_body
        Further fields of each request.
    concurrency
        Calls at once; fewer while the endpoint says that it is busy.
    timeout
        Seconds for one call, from its beginning to the last byte.
    reasoning
        It takes no temperature, and spends hidden tokens before it answers.
    edit_format
        What it can be trusted to write: SEARCH/REPLACE edits, or only whole rewrites.
    roles
        What it may be asked for.
    """

    name: str
    base_url: str = OPENAI_URL
    api_key_env: str = ""
    weight: float = 1.0
    price: Price | None = None
    temperatures: tuple[float, ...] = ()
    max_tokens: int = 8192
    extra_body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    concurrency: int = 8
    timeout: float = 300.0
    reasoning: bool = False
    edit_format: Literal["edit", "rewrite"] = "edit"
    roles: tuple[str, ...] = ("mutate", "reflect", "judge", "task")

    def __post_init__(self) -> None:
        checks = {
            f"weight = {self.weight}: a positive number is expected": self.weight > 0,
            f"max_tokens = {self.max_tokens}: at least 1 is expected": self.max_tokens >= 1,
            f"concurrency = {self.concurrency}: at least 1 is expected": self.concurrency >= 1,
            f"timeout = {self.timeout}: seconds, more than 0, are expected": self.timeout > 0,
            f"temperatures = {list(self.temperatures)}: none can be negative": min(
                self.temperatures, default=0
            )
            >= 0,
            f"edit_format = {self.edit_format!r}: 'edit' or 'rewrite' is expected": self.edit_format
            in {"edit", "rewrite"},
            f"roles = {list(self.roles)}: some of {', '.join(ROLES)} are expected": bool(self.roles)
            and set(self.roles) <= set(ROLES),
        }
        for complaint, fulfilled in checks.items():
            if not fulfilled:
                raise ConfigError(f"model {self.name}: {complaint}", cure="correct it in [[models]]")
        _check_url(self.base_url, self.name)

    @property
    def label(self) -> str:
        """What a message calls it."""
        if self.base_url == SIMULATED:
            return f"model {self.name} (a simulation, no model)"
        return f"model {self.name or '(the only one)'} at {self.base_url}"

    @property
    def price_text(self) -> str:
        """The price for people: one that is unknown says so."""
        return "unknown" if self.price is None else str(self.price)

    def replicates(self, other: "ModelSpec") -> bool:
        """Whether both are one model with the same settings; endpoint, key, weight and concurrency may differ."""
        endpoint = {
            name: getattr(other, name) for name in ("base_url", "api_key_env", "weight", "concurrency")
        }
        return replace(self, **endpoint) == other

    def to_body(self) -> dict[str, Any]:
        """Give it for the log; the key is not part of it."""
        return asdict(self)


def parse_model(text: str, environment: Mapping[str, str] | None = None) -> ModelSpec:
    """Give the model that a ``--model`` means.

    Parameters
    ----------
    text
        A name at the endpoint of ``OPENAI_BASE_URL`` (by default OpenAI's), with the key of
        ``OPENAI_API_KEY``; ``URL`` or ``URL#MODEL``; ``vllm:URL``, ``vllm:URL#MODEL`` or ``vllm:MODEL``
        (on this machine, port 8000); the path of a ``.gguf`` file; ``scripted:FILE``; ``simulated:``, no
        model but a simulation for problems of prompts and texts (`llm.simulated`); or ``blind:SEED``, a simulation
        that changes numbers at random (`BlindModel`).
    environment
        By default the process's own.

    Raises
    ------
    ConfigError
        It is none of these, or the file does not exist.
    """
    environment = os.environ if environment is None else environment
    if text.startswith(SCRIPTED):
        path = _existing(text.removeprefix(SCRIPTED), text)
        return ModelSpec(path.name, f"{SCRIPTED}{path}", price=Price(0.0, 0.0))
    if text == SIMULATED or text.startswith(BLIND):
        return _simulation(text)
    if text.endswith(".gguf"):
        path = _existing(text, text)
        return ModelSpec(
            path.stem,
            f"{GGUF}{path}",
            price=Price(0.0, 0.0),
            max_tokens=2048,
            concurrency=4,
            timeout=900.0,
            edit_format="rewrite",
        )
    if text.startswith("vllm:"):
        return _vllm(text.removeprefix("vllm:"), environment)
    if "://" in text:
        return _at_url(text, environment)
    if not text.strip() or text.startswith((".", "/", "~")) or text.endswith((".py", ".jsonl")):
        raise ConfigError(f"--model {text!r} names no model", cure=f"the forms are {_FORMS}")
    url = environment.get("OPENAI_BASE_URL") or OPENAI_URL
    return ModelSpec(text, url.rstrip("/"), "OPENAI_API_KEY", reasoning=_reasons(text))


def _simulation(text: str) -> ModelSpec:
    if text == SIMULATED:
        return ModelSpec("simulated", SIMULATED, price=Price(0.0, 0.0), edit_format="rewrite")
    if not text.removeprefix(BLIND).isdecimal():
        raise ConfigError(f"--model {text}: the seed is no whole number", cure="write blind:0")
    return ModelSpec(text, text, price=Price(0.0, 0.0))


def edit_format(specs: Iterable[ModelSpec]) -> Literal["edit", "rewrite"]:
    """Give what all models that mutate can write; any of them may be chosen."""
    formats = {spec.edit_format for spec in specs if "mutate" in spec.roles}
    return "edit" if formats == {"edit"} else "rewrite"


def _vllm(rest: str, environment: Mapping[str, str]) -> ModelSpec:
    if "://" not in rest:
        return ModelSpec(rest, VLLM_URL)
    url, hash_sign, name = rest.partition("#")
    if not urlsplit(url).path.strip("/"):
        url = f"{url.rstrip('/')}/v1"
    return _at_url(f"{url}{hash_sign}{name}", environment)


def _at_url(text: str, environment: Mapping[str, str]) -> ModelSpec:
    url, _, name = text.partition("#")
    url = url.rstrip("/")
    # A key goes to the endpoint that it was set for, and to no other.
    known = (environment.get("OPENAI_BASE_URL") or OPENAI_URL).rstrip("/")
    return ModelSpec(name, url, "OPENAI_API_KEY" if url == known else "", reasoning=_reasons(name))


def _reasons(name: str) -> bool:
    """Whether OpenAI's documentation counts a model of this name among those that reason."""
    return name.startswith(("o1", "o3", "o4", "gpt-5"))


def _existing(path: str, text: str) -> Path:
    found = Path(path).expanduser().absolute()
    if not found.is_file():
        raise ConfigError(f"--model {text}: there is no file {found}", cure="check the path")
    return found


def _check_url(url: str, name: str) -> None:
    if url.startswith((SCRIPTED, GGUF, SIMULATED, BLIND)):
        return
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"model {name}: base_url is no http(s) URL", cure=f"the forms are {_FORMS}")
    if parts.username or parts.password or parts.query:
        # The URL itself is not repeated: what is wrong with it is that it may hold a secret.
        raise ConfigError(
            f"model {name}: base_url at {parts.hostname} holds a user, a password or a query",
            cure="put the key into an environment variable, and name that in api_key_env",
        )
