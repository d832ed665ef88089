"""What is said to a task model about one case, message by message, and what it replies."""

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from evaluators.prompt_data import Case
from evoengine.effects import Generated, Message
from evoengine.errors import ConfigError
from evoengine.evaluation import Invalid

_VARIABLE = re.compile(r"\{(\w+)\}")

_ALIKE = 0.75
"""Names of a greater resemblance, by their letters in order, are taken for one that is misspelt."""


class Talk:
    """One case with a task model: texts that are asked each by itself, or the turns of one dialogue.

    By itself, a text knows all inputs and all replies before it. In a dialogue every message is sent with
    all before it and their replies; the case's n-th turn is put into the n-th text, a turn beyond the texts is
    said as it is, and a text beyond the turns is said after them. A message is named after its text, or
    ``turn_N``; in later texts ``{NAME}``, without the suffix, stands for the reply.

    Parameters
    ----------
    steps
        Names of `texts` in the order in which they are asked.
    scored
        The name, without the suffix, of the reply that is scored, with which the talk ends; empty: the last.

    Attributes
    ----------
    names
        Of the messages.
    replies
        So far.

    Raises
    ------
    ConfigError
        There is no such step, or this case has no message of the name `scored`.
    Invalid
        A text names something that is nearly the name of an input or a reply.
    """

    def __init__(
        self,
        case: Case,
        texts: Mapping[str, str],
        steps: Sequence[str],
        *,
        dialogue: bool = False,
        scored: str = "",
    ) -> None:
        if unknown := [step for step in steps if step not in texts]:
            raise ConfigError(
                f"args.steps names {unknown[0]!r}, which is no text of the genome: {', '.join(texts)}",
                cure="name one of these",
            )
        named = [
            *(name for part in (case.inputs, *case.turns) for name in part),
            *(Path(s).stem for s in steps),
        ]
        for step in steps:
            _check_names(step, texts[step], named)
        self.case = case
        self.names = [*steps, *(f"turn_{n + 1}" for n in range(len(steps), len(case.turns)))]
        if scored:
            found = [n for n, name in enumerate(self.names, 1) if Path(name).stem == scored]
            if not found:
                known = ", ".join(Path(name).stem for name in self.names)
                raise ConfigError(
                    f"args.scored = {scored!r}: a case has no such reply, but {known}",
                    cure="name one of these",
                )
            self.names = self.names[: found[-1]]
        self.replies: list[str] = []
        self.given = Generated(())
        self._texts = texts
        self._dialogue = dialogue
        self._known = dict(case.inputs)
        self._messages: list[Message] = []

    @property
    def left(self) -> int:
        """How many messages are to be sent yet."""
        return len(self.names) - len(self.replies)

    def speak(self) -> tuple[Message, ...]:
        """Give what is sent next."""
        n = len(self.replies)
        new = dict(self._known)
        if self._dialogue:
            turn: Mapping[str, str] = self.case.turns[n] if n < len(self.case.turns) else {}
            new = {**self.case.inputs, **turn} if n == 0 else dict(turn)
        self._known |= new
        said = Message("user", _filled(self._texts.get(self.names[n], ""), self._known, new))
        self._messages = [*self._messages, said] if self._dialogue else [said]
        return tuple(self._messages)

    def hear(self, reply: Generated) -> None:
        """Take in the reply to what was spoken; one that the endpoint refused is empty."""
        self.given = reply
        text = reply.texts[0] if reply.texts else ""
        self._known[Path(self.names[len(self.replies)]).stem] = text
        self._messages.append(Message("assistant", text))
        self.replies.append(text)


def _check_names(step: str, text: str, known: Sequence[str]) -> None:
    """Refuse what is most likely misspelt; braces with other names are part of the text."""
    for name in map(str, _VARIABLE.findall(text)):
        close = [] if name in known else difflib.get_close_matches(name, known, 1, _ALIKE)
        if close:
            raise Invalid(f"{step} has {{{name}}}, which is replaced by nothing: write {{{close[0]}}}")


def _filled(template: str, known: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Put what is known in its places, and what is new after the text that names none of it. Other braces stay."""
    filled = _VARIABLE.sub(lambda match: known.get(match[1], match[0]), template)
    if any(name in new for name in _VARIABLE.findall(template)):
        return filled
    return "\n\n".join((*filter(None, [filled.strip()]), *new.values())) if new else filled
