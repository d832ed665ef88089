"""A model that a file of the user's stands in for: tests and demonstrations without a model."""

import importlib.util
import json
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from evoengine.errors import ConfigError, ModelError
from evoengine.llm.calls import Call, Completion
from evoengine.llm.meter import estimate
from evoengine.llm.specs import SCRIPTED, ModelSpec

Answer = Callable[[list[dict[str, str]], int, int, int], object]


class ScriptedModel:
    """Answers from a Python file or from a list of replies; tokens are estimated from lengths.

    A ``.py`` file defines ``answer(messages, n, proposal, step) -> list[str]``, where each message is
    a dict of role and content. Each line of any other file is a reply: a JSON string, or an object with
    ``text``; sample i of a proposal's step is answered by line (proposal + step + i) modulo their number.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self._path = Path(spec.base_url.removeprefix(SCRIPTED))
        self._answer = _load(self._path) if self._path.suffix == ".py" else _lines(self._path)

    async def complete(self, call: Call) -> Completion:
        """Answer a call. Raises `ModelError` when the script raises or gives no texts, or is to embed."""
        if call.embed:
            raise ModelError(f"{self._path}: a script gives no vectors", cure="take the role embed from it")
        messages = [{"role": message.role, "content": message.content} for message in call.messages]
        try:
            texts = self._answer(messages, call.n, call.proposal, call.step)
        except Exception:  # noqa: BLE001 - the named boundary to the user's script
            raise ModelError(
                f"{self._path} raised\n{traceback.format_exc(limit=-3)}", cure="mend the script"
            ) from None
        given = cast("Sequence[str]", texts if isinstance(texts, list | tuple) else ())
        if not given or any(type(text) is not str for text in given):
            raise ModelError(f"{self._path}: answer() gave no list of texts", cure="return n texts")
        return Completion(tuple(given), estimate(call.messages, given))


def _load(path: Path) -> Answer:
    module_spec = importlib.util.spec_from_file_location("scripted_model", path)
    assert module_spec is not None
    assert module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    try:
        module_spec.loader.exec_module(module)
    except Exception:  # noqa: BLE001 - the named boundary to the user's script
        raise ConfigError(
            f"{path} raised while it was imported\n{traceback.format_exc(limit=-3)}", cure="mend the script"
        ) from None
    answer = getattr(module, "answer", None)
    if not callable(answer):
        raise ConfigError(
            f"{path}: no function answer", cure="define answer(messages, n, proposal, step) -> list[str]"
        )
    return answer


def _lines(path: Path) -> Answer:
    replies: list[str] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            reply = json.loads(line)
            replies.append(reply if isinstance(reply, str) else str(reply["text"]))
        except (ValueError, TypeError, KeyError):
            raise ConfigError(
                f"{path}, line {number}: no reply", cure='write a JSON string, or an object with "text"'
            ) from None
    if not replies:
        raise ConfigError(f"{path}: holds no replies", cure="write one JSON string a line")

    def answer(_messages: list[dict[str, str]], n: int, proposal: int, step: int) -> Sequence[str]:
        return [replies[(proposal + step + index) % len(replies)] for index in range(n)]

    return answer
