"""What may change in a genome, and whether a candidate kept to it.

In a file with markers only the text between them may change; a file without any is evolvable whole::

    # EVOLVE-BLOCK-START
    ...
    # EVOLVE-BLOCK-END

A marker is a line that holds the word with nothing but punctuation before it, so that it fits the
comments of any language. The marker lines themselves are frozen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evoengine.problem import Problem
from evoengine.rng import digest_texts
from evoengine.types import Genome

_MARKER = re.compile(r"^[^\w\n]*EVOLVE-BLOCK-(START|END)\b[^\n]*\n?", re.MULTILINE)


class RegionError(ValueError):
    """The markers of a text are nested or unbalanced."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text. The spans of a text, joined, are the text.

    Attributes
    ----------
    text
        What it holds.
    evolvable
        Whether it may change.
    line
        The number of its first line, from 1.
    """

    text: str
    evolvable: bool
    line: int


def split(text: str) -> tuple[Span, ...]:
    """Split a text in frozen and evolvable spans.

    Returns
    -------
    tuple of Span
        One evolvable span where there are no markers. Otherwise frozen and evolvable spans in turn,
        beginning and ending with a frozen one.

    Raises
    ------
    RegionError
        The markers do not pair up; the message names the line.
    """
    spans: list[Span] = []
    begin, evolvable, line = 0, False, 0
    for marker in _MARKER.finditer(text):
        opens = marker[1] == "START"
        line = text.count("\n", 0, marker.start()) + 1
        if opens and evolvable:
            raise RegionError(f"line {line}: EVOLVE-BLOCK-START inside an open region; regions do not nest")
        if not opens and not evolvable:
            raise RegionError(f"line {line}: EVOLVE-BLOCK-END without an EVOLVE-BLOCK-START before it")
        # A marker belongs to the frozen side of the border that it draws.
        border = marker.end() if opens else marker.start()
        spans.append(_span(text, begin, border, evolvable=evolvable))
        begin, evolvable = border, opens
    if evolvable:
        raise RegionError(f"line {line}: EVOLVE-BLOCK-START without an EVOLVE-BLOCK-END after it")
    spans.append(_span(text, begin, len(text), evolvable=not spans))
    return tuple(spans)


def _span(text: str, begin: int, end: int, *, evolvable: bool) -> Span:
    return Span(text[begin:end], evolvable, text.count("\n", 0, begin) + 1)


def regions(text: str) -> tuple[str, ...]:
    """Give the evolvable spans' texts, in order. Raises `RegionError`."""
    return tuple(span.text for span in split(text) if span.evolvable)


def graft(text: str, parts: Sequence[str]) -> str:
    """Put new texts in the place of the evolvable spans; what is frozen stays byte for byte.

    Raises
    ------
    RegionError
        There are more or fewer parts than regions, or the markers of `text` do not pair up.
    """
    spans = split(text)
    wanted = sum(span.evolvable for span in spans)
    if len(parts) != wanted:
        raise RegionError(f"{len(parts)} parts were given for {wanted} evolvable regions")
    remaining = iter(parts)
    out: list[str] = []
    for span in spans:
        part = next(remaining) if span.evolvable else span.text
        # The closing marker must stay at the beginning of its line.
        joins = span.evolvable and len(spans) > 1 and part and not part.endswith("\n")
        out.append(f"{part}\n" if joins else part)
    return "".join(out)


def is_evolvable(problem: Problem, name: str) -> bool:
    """Say whether a file may change, at least in part: an empty `problem.evolvable` means every file."""
    return not problem.evolvable or name in problem.evolvable


def frozen(problem: Problem, genome: Genome) -> str:
    """Give the hexadecimal digest of all that may not change. Never raises.

    That is the names of the files, the frozen files, and the text outside the regions of the others. A
    genome keeps to the problem exactly if its frozen digest is that of one of the seeds. A file whose
    markers do not pair up is frozen whole.
    """
    texts: dict[str, str] = {}
    for name, text in genome.items():
        for number, part in enumerate(_frozen_parts(problem, name, text)):
            texts[f"{name}\0{number}"] = part
    return digest_texts(texts)


def _frozen_parts(problem: Problem, name: str, text: str) -> tuple[str, ...]:
    """Give the frozen spans of a file. Every file has at least one, or its name would not count."""
    if not is_evolvable(problem, name):
        return (text,)
    try:
        return ("", *(span.text for span in split(text) if not span.evolvable))
    except RegionError:
        return (text,)


def violation(problem: Problem, genome: Genome) -> str:
    """Say what a genome changed that is frozen, fit to be shown to a model; empty if it changed nothing.

    It is held against every seed, and the shortest account is given.
    """
    accounts = [_against(problem, seed, genome) for seed in problem.seeds]
    return "\n".join(min(accounts, key=len))


def _against(problem: Problem, seed: Genome, genome: Genome) -> list[str]:
    account = [f"{name} is missing" for name in seed if name not in genome]
    account += [f"{name} is not a file of this problem" for name in genome if name not in seed]
    shared = [name for name in seed if name in genome]
    return account + [part for name in shared if (part := _changed(problem, name, seed[name], genome[name]))]


def _changed(problem: Problem, name: str, seed: str, text: str) -> str:
    before, after = _frozen_parts(problem, name, seed), _frozen_parts(problem, name, text)
    if before == after:
        return ""
    if not is_evolvable(problem, name):
        return f"{name} may not be changed"
    try:
        split(text)
    except RegionError as error:
        return f"{name}: {error}"
    if len(before) != len(after):
        return f"{name}: EVOLVE-BLOCK markers were added, removed or moved; leave them as they are"
    old = next(part for part, now in zip(before, after, strict=True) if part != now)
    near = next(iter(old.strip().splitlines()), "")
    return f"{name}: text outside the EVOLVE-BLOCK regions was changed, near {near.strip()!r}"
