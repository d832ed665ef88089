"""Bounding an expression by a number."""

import ast
from collections.abc import Sequence

import numpy as np

from evoengine.operators.expressions import OPERATIONS, number, number_like, pick, put, sites_by_kind
from evoengine.operators.source import Edit, Site, Source

TIGHTENED = 0.7
"""The share of bounds that tighten one, where there is any."""


def clip(source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Bound a whole value from above or below by a number.

    A whole value is one that no operator takes further: what is assigned, returned, passed or put into a
    list. Seven of ten bounds tighten a value that ``min`` or ``max`` bounds already. Half of the numbers
    are log-uniform between 0.01 and 1, half near those of the program.
    """
    whole = [site for site in sites_by_kind(source).get("value", ()) if _is_whole(site)]
    bounded = [site for site in whole if _bound(site.node)]
    if bounded and rng.random() < TIGHTENED:
        whole = bounded
    if not whole:
        return ()
    target = pick(whole, rng)
    name = _bound(target.node) if whole is bounded else pick(("min", "max"), rng)
    bound = number(rng, -2, 0) if rng.random() < 0.5 else number_like(source, rng)
    text = source.cut(target.start, target.end)
    return (put(source, target, f"{name}({text}, {bound})", atom=True),)


def _bound(node: ast.AST) -> str:
    """Give the name of the function, ``min`` or ``max``, that a call makes; empty: neither."""
    match node:
        case ast.Call(func=ast.Name(id="min" | "max" as name)):
            return name
        case _:
            return ""


def _is_whole(site: Site) -> bool:
    return not isinstance(site.node, ast.Constant) and not isinstance(site.parent, OPERATIONS)
