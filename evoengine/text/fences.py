"""Fenced code in a model's reply (CommonMark 0.31, section 4.5, read leniently)."""

import re
from collections.abc import Collection
from dataclasses import dataclass

_OPENING = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\r\n]*)$")
_NAME = re.compile(r"\w(?:[\w./-]*\w)?")
_COMMENT = re.compile(r"\s*(#|//|/\*|--|;|%|<!--)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes
    ----------
    text
        The lines inside, each ended by a newline, without the indentation of the fence.
    language
        The first word of the info string in lower case, such as "python"; may be empty.
    info
        The whole info string.
    before
        The last line with text before the block, empty at the top of a reply.
    closed
        False where the reply ended first.
    """

    text: str
    language: str = ""
    info: str = ""
    before: str = ""
    closed: bool = True


def blocks(reply: str) -> tuple[Block, ...]:
    """Give the fenced blocks of a reply in order. A fence left open runs to the end."""
    found: list[Block] = []
    lines = iter(reply.replace("\r\n", "\n").split("\n"))
    before = ""
    for line in lines:
        opening = _OPENING.match(line)
        if opening is None:
            before = line.strip() or before
            continue
        inside: list[str] = []
        closed = False
        for inner in lines:
            if _closes(inner, opening["fence"]):
                closed = True
                break
            inside.append(_outdented(inner, opening["indent"]))
        if not closed and inside and not inside[-1]:
            inside.pop()
        info = opening["info"].strip()
        language = re.split(r"[\s:{,]", info, maxsplit=1)[0].lower()
        found.append(Block("".join(f"{text}\n" for text in inside), language, info, before, closed))
        before = ""
    return tuple(found)


def _closes(line: str, fence: str) -> bool:
    """Say whether a line closes a fence: the same character, at least as many, and nothing else."""
    text = line.strip()
    return len(text) >= len(fence) and set(text) == {fence[0]}


def _outdented(line: str, indent: str) -> str:
    kept = line.lstrip(" \t")
    room = min(len(indent), len(line) - len(kept))
    return line[room:]


def code(reply: str, *languages: str) -> str:
    """Give the one program that a reply means: its longest block, the last of equals.

    Blocks tagged with one of `languages` come first, then untagged ones, then any. Complete blocks
    come before one that the end of the reply cut off. A reply without fences is taken whole.
    """
    found = [block for block in blocks(reply) if block.text.strip()]
    if not found:
        return reply.strip() + "\n" if not blocks(reply) and reply.strip() else ""

    def rank(pair: tuple[int, Block]) -> tuple[int, bool, int, int]:
        position, block = pair
        liking = 2 if block.language in languages else int(not block.language)
        return liking, block.closed, len(block.text), position

    return max(enumerate(found), key=rank)[1].text


def files(reply: str, names: Collection[str]) -> dict[str, str]:
    """Give the files of a reply, by name; where one is given twice the last counts.

    A block is named by its info string (``python main.py``, ``python:main.py``), by the line before it
    (``**main.py**``, ``### File: main.py``) or by a comment in its first line (``# main.py``), looked
    for in this order. Only `names` are recognised. Where there is but one name and no block carries it,
    the reply's `code` is that file.
    """
    found: dict[str, str] = {}
    for block in blocks(reply):
        name = _name_of(block, names)
        if name:
            found[name] = block.text
    if not found and len(names) == 1:
        text = code(reply)
        return {next(iter(names)): text} if text else {}
    return found


def _name_of(block: Block, names: Collection[str]) -> str:
    first = block.text.split("\n", 1)[0]
    comment = first if _COMMENT.match(first) else ""
    words = _NAME.findall(f"{block.info}\n{block.before}\n{comment}")
    return next((word for word in words if word in names), "")
