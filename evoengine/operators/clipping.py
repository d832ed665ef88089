"""Bounding an expression by a number."""

import ast
from collections.abc import Sequence

import numpy as np

from evoengine.operators.expressions import OPERATIONS, number, number_like, pick, put, sites_by_kind
from evoengine.operators.source import Edit, Site, Source

TIGHTENED = 0.7
"""The share of bounds that tighten one, where there is any."""

_COUNTS = frozenset({"range", "len"})
_TAKE_MANY = frozenset({"len", "sum", "sorted", "zip", "enumerate"})


def clip(source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Bound a whole value from above or below by a number.

    A whole value is one that no operator takes further: what is assigned, returned, passed or put into a
    list; not what ``range`` or ``len`` takes, nor a name that the program uses as a collection. Seven of ten bounds tighten a
    value that ``min`` or ``max`` bounds already. The line is drawn first, so that one that is bounded many times is not bounded
    ever more. Half of the numbers are log-uniform between 0.01 and 1, half near those of the program.
    """
    whole = _whole_values(source)
    bounded = [site for site in whole if _bound(site.node)]
    tightens = bool(bounded) and rng.random() < TIGHTENED
    lines: dict[int, list[Site]] = {}
    for site in bounded if tightens else whole:
        lines.setdefault(source.line(site.start), []).append(site)
    if not lines:
        return ()
    target = pick(pick(list(lines.values()), rng), rng)
    name = _bound(target.node) if tightens else pick(("min", "max"), rng)
    bound = number(rng, -2, 0) if rng.random() < 0.5 else number_like(source, rng)
    text = source.cut(target.start, target.end)
    return (put(source, target, f"{name}({text}, {bound})", atom=True),)


def _whole_values(source: Source) -> list[Site]:
    many = {site.node.id for site in source.sites if isinstance(site.node, ast.Name) and _is_many(site)}
    return [site for site in sites_by_kind(source).get("value", ()) if _is_whole(site, many)]


def _is_whole(site: Site, many: set[str]) -> bool:
    if isinstance(site.parent, OPERATIONS) or _callee(site.parent) in _COUNTS:
        return False
    match site.node:
        case ast.Constant() | ast.Subscript(slice=ast.Slice()):
            return False
        case ast.Name(id=name):
            return name not in many
        case _:
            return True


def _is_many(site: Site) -> bool:
    """Say whether a name stands here for something that is indexed, iterated over or has methods."""
    held = site.role == "value" and isinstance(site.parent, (ast.Subscript, ast.Attribute))
    return held or site.role == "iter" or _callee(site.parent) in _TAKE_MANY


def _callee(node: ast.AST) -> str:
    """Give the name of the function that a call makes, empty for any other node."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name
        case _:
            return ""


def _bound(node: ast.AST) -> str:
    """Give the name of the function, ``min`` or ``max``, that a call makes; empty: neither."""
    name = _callee(node)
    return name if name in {"min", "max"} else ""
