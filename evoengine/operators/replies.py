"""What a model wrote, read as an offspring or refused for a reason."""

import ast
import re

from evoengine.problem import Problem
from evoengine.prompts import clipped, evolvable_names
from evoengine.text import (
    EditError,
    RegionError,
    Span,
    apply_reply,
    blocks,
    compiles,
    files,
    genome_digest,
    graft,
    parse,
    parse_edits,
    regions,
    split,
    violation,
)
from evoengine.types import Genome

FAULTS = (
    "empty",  # nothing was said
    "refused",  # the model, or what guards it, declined
    "truncated",  # the reply ends inside a block
    "no_code",  # there is no block that could be an offspring
    "unparsable",  # a Python file that does not compile
    "unchanged",  # the parent, or differing from it in comments and spacing alone
    "repeated",  # an offspring of the same proposal, once more
    "bad_edit",  # an edit that cannot be read or applied
    "frozen",  # something changed that may not
)
"""Why a reply gives no offspring: what a conversation that gives up is counted under."""

MENDABLE = frozenset({"bad_edit", "frozen"})
"""Faults of form that a model mends when it is told."""

_DECLINED = re.compile(
    r"\W*(i'?m\s+(really\s+|very\s+)?sorry|i\s+am\s+sorry|sorry\b|i\s+(can't|cannot|can\s+not|won't|will\s+not)\b|"
    r"i'?m\s+(unable|not\s+able)|i\s+am\s+(unable|not\s+able)|as\s+an\s+ai\b|unfortunately\b)",
    re.IGNORECASE,
)
_POINT = re.compile(r"\n[^\w\n]{0,3}\d+[.):][^\w\n]{0,2}[ \t]")
_MARK = re.compile(r"^\s*(<{5,9}\s*SEARCH\b|>{5,9})", re.IGNORECASE | re.MULTILINE)


class ReplyError(ValueError):
    """A reply that gives no offspring: `kind` is one of `FAULTS`, the message is fit for the model."""

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(message or kind)
        self.kind = kind


def read_rewrite(problem: Problem, parent: Genome, reply: str) -> Genome:
    """Give the parent with the files that a reply holds in place of its own. Raises `ReplyError`."""
    _require_words(reply)
    names = evolvable_names(problem, parent)
    fences = blocks(reply)
    if not fences and not _is_program(reply, names):
        raise ReplyError("refused" if _declines(reply) else "no_code")
    found = files(reply, names)
    if fences and not fences[-1].closed and not _are_programs(found):
        raise ReplyError("truncated")
    if not found:
        raise ReplyError("no_code")
    return _checked(problem, parent, {**parent, **found})


def read_edits(problem: Problem, parent: Genome, reply: str) -> Genome:
    """Give the parent with the edits of a reply made. Raises `ReplyError`."""
    _require_words(reply)
    marks = _MARK.findall(reply)
    if not marks:
        if not blocks(reply):
            raise ReplyError("refused" if _declines(reply) else "no_code")
    elif "SEARCH" in marks[-1].upper():
        raise ReplyError("truncated")
    names = evolvable_names(problem, parent)
    try:
        if all(edit.search == edit.replace for edit in parse_edits(reply, names)):
            raise ReplyError("unchanged")
        edited = apply_reply({name: parent[name] for name in names}, reply)
    except EditError as error:
        raise ReplyError("bad_edit", str(error)) from None
    return _checked(problem, parent, {**parent, **edited})


def said(reply: str) -> str:
    """Give the line that a reply begins with, at most 200 characters; empty where it begins with code."""
    first = next((line.strip() for line in reply.splitlines() if line.strip()), "")
    begins_code = first.startswith(("```", "~~~", "<<<<<"))
    return "" if begins_code else clipped(first.lstrip("#>*- ").rstrip("*"), 50)


def points(reply: str) -> list[str]:
    """Give the points of a numbered list in words, without their numbers; all as one where there is no list."""
    _, *listed = _POINT.split(f"\n{reply.strip()}")
    return [point.strip() for point in listed if point.strip()] or [reply.strip()]


def _checked(problem: Problem, parent: Genome, genome: Genome) -> Genome:
    genome = {name: _settled(parent[name], text) for name, text in genome.items()}
    account = violation(problem, genome)
    if account:
        raise ReplyError("frozen", account)
    if not _all_compile({name: text for name, text in genome.items() if text != parent[name]}):
        raise ReplyError("unparsable")
    if genome_digest(genome) == genome_digest(parent):
        raise ReplyError("unchanged")
    return genome


def _settled(parent: str, text: str) -> str:
    """Undo what a reply did to the white space of frozen text."""
    try:
        before, after = split(parent), split(text)
    except RegionError:
        return text
    if len(before) > 1 and _frozen_words(before) == _frozen_words(after):
        return graft(parent, regions(text))
    return text


def _frozen_words(spans: tuple[Span, ...]) -> list[list[str]]:
    return [span.text.split() for span in spans if not span.evolvable]


def _require_words(reply: str) -> None:
    if not reply.strip():
        raise ReplyError("empty")


def _declines(reply: str) -> bool:
    return _DECLINED.match(reply.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")) is not None


def _is_program(reply: str, names: tuple[str, ...]) -> bool:
    """Say whether a reply without fences is itself the one Python file: more than words that happen to parse."""
    if len(names) != 1 or not names[0].endswith(".py"):
        return False
    tree = parse(reply)
    return tree is not None and any(not isinstance(statement, ast.Expr) for statement in tree.body)


def _are_programs(found: Genome) -> bool:
    """Say whether files are Python that compiles: what an unclosed fence cut off would mostly not."""
    return bool(found) and all(name.endswith(".py") for name in found) and _all_compile(found)


def _all_compile(texts: Genome) -> bool:
    return all(compiles(text) for name, text in texts.items() if name.endswith(".py"))
