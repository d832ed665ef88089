"""SEARCH/REPLACE edits as models write them.

::

    <<<<<<< SEARCH
    lines to be found
    =======
    lines to put in their place
    >>>>>>> REPLACE

The SEARCH section quotes whole lines, enough of them to be found exactly once. In a genome of several
files, the block names its file behind SEARCH or on the line before the block; blocks that follow
without a name are for the same file.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evoengine.types import Genome

_SEARCH = re.compile(r"\s*<{5,9}\s*SEARCH\b(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_DIVIDER = re.compile(r"\s*={5,9}\s*")
_REPLACE = re.compile(r"\s*>{5,9}(\s*REPLACE\b.*|\s*)", re.IGNORECASE | re.DOTALL)
_CONFLICT = re.compile(r"\s*(<{5,9}|>{5,9})(?![<>]).*", re.DOTALL)
_FENCE = re.compile(r"\s*(`{3,}|~{3,})[^`]*")
_WORD = re.compile(r"\w(?:[\w./-]*\w)?")
_SHOWN = 12


class EditError(ValueError):
    """An edit that cannot be read or applied; the message is fit to be shown to a model."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines to find and the lines to put in their place; `file` is empty where none was named."""

    search: tuple[str, ...]
    replace: tuple[str, ...]
    file: str = ""


def apply_reply(genome: Genome, reply: str) -> dict[str, str]:
    """Give the genome with the edits of a reply made, each on the result of those before it.

    Raises
    ------
    EditError
        There is no block, one is malformed or names no file of the genome, its SEARCH lines are found
        nowhere or more than once, or nothing changed. Edits are made all or none.
    """
    result = dict(genome)
    for number, edit in enumerate(parse_edits(reply, tuple(genome)), 1):
        if not edit.file and len(genome) != 1:
            raise EditError(f"edit {number}: name its file behind SEARCH, one of {', '.join(genome)}")
        name = edit.file or next(iter(genome))
        try:
            result[name] = apply_edit(result[name], edit)
        except EditError as error:
            raise EditError(f"edit {number}, {name}: {error}") from None
    if result == dict(genome):
        raise EditError("the edits change nothing: SEARCH and REPLACE are the same")
    return result


def parse_edits(reply: str, names: Sequence[str] = ()) -> tuple[Edit, ...]:
    """Give the edits of a reply in order.

    Code fences around a block or inside its sections, indentation of the markers and other lengths of
    them (five to nine characters) are let pass.

    Parameters
    ----------
    reply
        What the model wrote.
    names
        The files that a block may name.

    Raises
    ------
    EditError
        There is no block, one is malformed, or it names a file that is not in `names`.
    """
    edits: list[Edit] = []
    lines = iter(enumerate(reply.split("\n"), 1))
    file = ""
    for number, line in lines:
        opening = _SEARCH.fullmatch(line)
        if opening is not None:
            file = _named(opening["rest"], names) or file
            edits.append(_block(lines, number, file))
        elif _CONFLICT.fullmatch(line):
            raise EditError(
                f"line {number} of the reply: {line.strip()!r} stands outside a block; a block goes from "
                "<<<<<<< SEARCH over ======= to >>>>>>> REPLACE"
            )
        elif line.strip() and not _FENCE.fullmatch(line):
            file = next((word for word in _WORD.findall(line) if word in names), file)
    if not edits:
        raise EditError(
            "no edit was found; write <<<<<<< SEARCH, =======, >>>>>>> REPLACE on lines of their own"
        )
    return tuple(edits)


def _named(rest: str, names: Sequence[str]) -> str:
    """Give the file named behind SEARCH; other words there mean nothing."""
    words = _WORD.findall(rest)
    known = next((word for word in words if word in names), "")
    unknown = next((word for word in words if "." in word or "/" in word), "")
    if names and unknown and not known:
        raise EditError(f"there is no file {unknown!r} to edit; there is {', '.join(names)}")
    return known


def _block(lines: Iterator[tuple[int, str]], start: int, file: str) -> Edit:
    """Read a block whose SEARCH line has just been read."""
    where = f"the block at line {start} of the reply"
    body: list[str] = []
    for _, line in lines:
        if _REPLACE.fullmatch(line):
            break
        if _CONFLICT.fullmatch(line):
            raise EditError(f"{where} is not closed by >>>>>>> REPLACE before {line.strip()!r}")
        body.append(line.rstrip("\r"))
    else:
        raise EditError(f"{where} is not closed by >>>>>>> REPLACE; was the reply cut off?")
    dividers = [index for index, line in enumerate(body) if _DIVIDER.fullmatch(line)]
    if not dividers:
        raise EditError(f"{where} has no ======= between what to find and what to put in its place")
    if len(dividers) > 1:
        raise EditError(f"{where} has {len(dividers)} lines of =======; it must have one")
    search, replacement = body[: dividers[0]], body[dividers[0] + 1 :]
    return Edit(_unfenced(search), _unfenced(replacement), file)


def _unfenced(lines: list[str]) -> tuple[str, ...]:
    """Drop a code fence around a whole section."""
    inner = _trimmed(lines)
    if len(inner) > 1 and _FENCE.fullmatch(inner[0]) and inner[-1].strip() in {"```", "~~~"}:
        return tuple(inner[1:-1])
    return tuple(lines)


def _trimmed(lines: Sequence[str]) -> Sequence[str]:
    """Leave out the blank lines at both ends."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else ()


def apply_edit(text: str, edit: Edit) -> str:
    r"""Give a text with one edit made.

    The SEARCH lines are looked for as they are, then without regard to trailing white space, then to a
    uniform indentation (REPLACE is indented to match), then all three without blank lines at both ends.
    The first of these that finds anything decides. Line ends ``\r\n`` are kept.

    Raises
    ------
    EditError
        They are found nowhere, or more than once.
    """
    if not _trimmed(edit.search):
        if text.strip():
            raise EditError("the SEARCH section is empty; quote the lines to be replaced")
        return "\n".join((*edit.replace, ""))
    lines = text.split("\n")
    for search, replacement in (
        (edit.search, edit.replace),
        (_trimmed(edit.search), _trimmed(edit.replace)),
    ):
        for form in (_without_return, _without_trailing, _without_indent):
            found = _find(lines, search, form)
            if len(found) > 1:
                numbers = ", ".join(str(index + 1) for index in found)
                raise EditError(
                    f"the SEARCH lines are found at lines {numbers}; quote more of the lines around"
                )
            if found:
                return _spliced(lines, found[0], search, replacement)
    raise EditError(f"the SEARCH lines are not there{_closest(lines, edit.search)}")


_Form = Callable[[Sequence[str]], list[str]]


def _without_return(lines: Sequence[str]) -> list[str]:
    return [line.removesuffix("\r") for line in lines]


def _without_trailing(lines: Sequence[str]) -> list[str]:
    return [line.rstrip() for line in lines]


def _without_indent(lines: Sequence[str]) -> list[str]:
    room = len(_indent(lines))
    return [line[room:].rstrip() for line in lines]


def _indent(lines: Sequence[str]) -> str:
    """Give the white space that every line with text begins with."""
    filled = [line for line in lines if line.strip()]
    # The common prefix of the least and the greatest is that of all.
    low, high = min(filled, default=""), max(filled, default="")
    common = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return low[: min(common, len(low) - len(low.lstrip()))]


def _find(lines: Sequence[str], search: Sequence[str], form: _Form) -> list[int]:
    wanted, anchor = form(search), search[0].strip()
    last = len(lines) - len(search)
    return [
        index
        for index in range(last + 1)
        if lines[index].strip() == anchor and form(lines[index : index + len(search)]) == wanted
    ]


def _spliced(lines: list[str], start: int, search: Sequence[str], replacement: Sequence[str]) -> str:
    window = lines[start : start + len(search)]
    before, after = _indent(search), _indent(window)
    end = "\r" if window[0].endswith("\r") else ""
    new = [f"{line}{end}" for line in _reindented(replacement, before, after)]
    return "\n".join((*lines[:start], *new, *lines[start + len(search) :]))


def _reindented(replacement: Sequence[str], before: str, after: str) -> Sequence[str]:
    if before == after:
        return replacement
    if not all(line.startswith(before) for line in replacement if line.strip()):
        raise EditError(
            "the SEARCH lines are there with another indentation, and REPLACE does not share that of "
            "SEARCH; quote the lines as they are"
        )
    return [f"{after}{line[len(before) :]}" if line.strip() else line for line in replacement]


def _closest(lines: Sequence[str], search: Sequence[str]) -> str:
    """Quote the lines that SEARCH may have meant, found by its longest line."""
    anchor = max(range(len(search)), key=lambda index: len(search[index].strip()))
    stripped = [line.strip() for line in lines]
    close = difflib.get_close_matches(search[anchor].strip(), stripped, n=1)
    if not close:
        return "; quote whole lines of the present text"
    start = max(0, stripped.index(close[0]) - anchor)
    shown = "\n".join(lines[start : start + min(len(search), _SHOWN)])
    return f"; the closest, at line {start + 1}, is:\n{shown}"
