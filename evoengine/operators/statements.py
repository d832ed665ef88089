"""Changes of statements: each gives the edits of one change, or none where the draw did not fit.

Only statements that fill their lines take part, and no definitions, imports or returns.
"""

import ast
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from evoengine.operators.expressions import is_known, pick
from evoengine.operators.literals import jittered
from evoengine.operators.source import Edit, Site, Source

LONGEST_COPY = 12
"""Lines; longer statements are not copied, so that programs do not swell."""

_LEFT_ALONE = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Return,
    ast.Global,
    ast.Nonlocal,
    ast.Pass,
)


def blocks(source: Source) -> list[list[Site]]:
    """Give the statements of the text, those of one block together and in order."""
    found: dict[tuple[int, str], list[Site]] = {}
    for site in source.sites:
        if isinstance(site.node, ast.stmt):
            found.setdefault((id(site.parent), site.role), []).append(site)
    return list(found.values())


def _movable(source: Source) -> list[Site]:
    return [site for block in blocks(source) for site in block if _may_move(source, site)]


def _may_move(source: Source, site: Site) -> bool:
    docstring = isinstance(site.node, ast.Expr) and isinstance(site.node.value, ast.Constant)
    return not docstring and not isinstance(site.node, _LEFT_ALONE) and source.lines(site) is not None


def delete(source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Delete a statement; the only one of its block becomes ``pass``."""
    movable = _movable(source)
    if not movable:
        return ()
    site = pick(movable, rng)
    siblings = getattr(site.parent, site.role)
    if len(siblings) == 1:
        return (Edit(site.start, site.end, "pass"),)
    lines = source.lines(site)
    assert lines is not None
    return (Edit(*lines, ""),)


def swap(source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Exchange two neighbours of a block; what stands between them stays there."""
    pairs = [
        (before, after)
        for block in blocks(source)
        for before, after in pairwise(block)
        if _may_move(source, before) and _may_move(source, after)
    ]
    if not pairs:
        return ()
    first, second = (source.lines(site) for site in pick(pairs, rng))
    assert first is not None
    assert second is not None
    return (Edit(*first, source.cut(*second)), Edit(*second, source.cut(*first)))


def copy(source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Insert a copy of a statement before another."""
    return insert(source, source, rng)


def insert(source: Source, donors: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Insert a copy of a statement of `donors` before one of `source`, indented to fit.

    Mostly its numbers are changed: the same thing done twice is seldom of use.
    """
    targets, available = _movable(source), _movable(donors)
    if not targets or not available:
        return ()
    target, donor = pick(targets, rng), pick(available, rng)
    place, lines = source.lines(target), donors.lines(donor)
    assert place is not None
    assert lines is not None
    text = donors.cut(*lines)
    fits = text.count("\n") <= LONGEST_COPY and not _has_long_string(donor.node)
    if not fits or not is_known(donor.node, target.scope):
        return ()
    text = _reindented(text, _indent(donors, donor), "")
    if rng.random() < 0.7:
        text = jittered(text, rng)
    return (Edit(place[0], place[0], _reindented(text, "", _indent(source, target))),)


def _reindented(text: str, before: str, after: str) -> str:
    lines = (after + line.removeprefix(before) if line.strip() else line for line in text.split("\n"))
    return "\n".join(lines)


def _indent(source: Source, site: Site) -> str:
    lines = source.lines(site)
    assert lines is not None
    return source.cut(lines[0], site.start)


def _has_long_string(node: ast.AST) -> bool:
    """Say whether a string in it goes over a line end, so that indenting it would change it."""
    return any(
        inner.lineno != inner.end_lineno
        for inner in ast.walk(node)
        if isinstance(inner, (ast.Constant, ast.JoinedStr))
    )
