"""What an endpoint takes beyond the part of the interface that every server has."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from evoengine.llm.calls import Call

Extras = Mapping[str, Mapping[str, Any]]
"""Fields of a request by what they are for; the name of an extra is the word that a refusal of it has in it."""

TOP_LOGPROBS = 20
"""The most that OpenAI's interface takes, and what vLLM allows by default."""

LEAST_TOKENS = 256
"""An endpoint that refuses so many tokens of output is not asked for fewer."""

_TOO_MANY = re.compile(
    r"max\w*_tokens.*(greater|larg|exceed|maximum|at most|fewer)", re.IGNORECASE | re.DOTALL
)

_STRUCTURED_SINCE = (0, 11)
"""The first release that is asked for ``structured_outputs``, older ones for ``guided_choice``.

vLLM's documentation says that the latter was removed in 0.12.0; that 0.11 has the former is recalled, not re-checked.
"""


class Dialect:
    """What is known of a model at its endpoint: whether vLLM serves it, and which extras were refused.

    Attributes
    ----------
    known
        Whether it is known what the endpoint is.
    vllm
        Its version (major, minor); (0, 0) is any other server.
    most_tokens
        The most that an answer may take here, learnt from refusals; None while nothing was refused for it.
    """

    def __init__(self, *, known: bool = False, refused: Iterable[str] = ()) -> None:
        self.known = known
        self.most_tokens: int | None = None
        self.vllm: tuple[int, int] = (0, 0)
        self._refused = set(refused)

    def recognise(self, answer: object) -> None:
        """Take the answer to ``/version``, which vLLM gives as ``{"version": "0.20.0"}``, and most others do not."""
        self.known = True
        version = cast("dict[str, Any]", answer).get("version") if isinstance(answer, dict) else None
        if isinstance(version, str):
            numbers = re.match(r"(\d+)\.(\d+)", version)
            # A build of a commit may be named anything; it is most likely newer than what we know.
            self.vllm = (int(numbers[1]), int(numbers[2])) if numbers else (99, 0)

    def overhear(self, answer: object) -> None:
        """Take a version from an answer's ``system_fingerprint``, ``vllm-0.32.0-dcb16fdc``: Ray Serve hides ``/version``."""
        said = cast("dict[str, Any]", answer).get("system_fingerprint") if isinstance(answer, dict) else None
        if self.vllm == (0, 0) and isinstance(said, str) and said.startswith("vllm-"):
            self.recognise({"version": said.removeprefix("vllm-")})

    def extras(self, call: Call) -> Extras:
        """Give what a call takes beyond the common part, without what was refused before."""
        extras: dict[str, Mapping[str, Any]] = {}
        if call.choices:
            extras["logprobs"] = {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        if call.choices and self.vllm >= _STRUCTURED_SINCE:
            extras["structured"] = {"structured_outputs": {"choice": list(call.choices)}}
        elif call.choices and self.vllm > (0, 0):
            extras["guided"] = {"guided_choice": list(call.choices)}
        if call.priority and self.vllm > (0, 0):
            extras["priority"] = {"priority": call.priority}
        return {name: fields for name, fields in extras.items() if name not in self._refused}

    def shorten(self, asked: int, complaint: str) -> bool:
        """Take it that `asked` tokens of output were refused; say whether half of them are worth a try."""
        if not (_TOO_MANY.search(complaint) and asked > LEAST_TOKENS):
            return False
        self.most_tokens = asked // 2
        return True

    def refuse(self, names: Iterable[str]) -> None:
        """Take it that a request was answered only once these extras were left out."""
        self._refused.update(names)


def lesser(extras: Extras, complaint: str) -> Extras:
    """Give fewer extras after a refusal: without those that it names, or none where it names none."""
    if not any(name in complaint for name in extras):
        return {}
    return {name: fields for name, fields in extras.items() if name not in complaint}
