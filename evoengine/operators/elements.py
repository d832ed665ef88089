"""Changes of the elements of lists, tuples, sets and argument lists."""

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from evoengine.operators.expressions import kind, known_value, number, pick, sites_by_kind
from evoengine.operators.literals import jittered
from evoengine.operators.source import Edit, Site, Source


def insert_element(source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Insert an element behind another: a copy of it with other numbers, a number or another value."""
    rows = list(_rows(source))
    if not rows:
        return ()
    site, spans = pick(rows, rng)
    start, end = pick(spans, rng)
    draw = rng.random()
    if draw < 0.4:
        text = jittered(source.cut(start, end), rng)
    elif draw < 0.7:
        text = number(rng, -3, 1)
    else:
        values = sites_by_kind(source).get("value")
        text = known_value(source, values, site, rng) if values else ""
    return (Edit(end, end, f", {text}"),) if text else ()


def delete_element(source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Delete an element where there are several."""
    rows = list(_rows(source))
    if not rows:
        return ()
    _, spans = pick(rows, rng)
    place = int(rng.integers(len(spans)))
    if place:
        return (Edit(spans[place - 1][1], spans[place][1], ""),)
    return (Edit(spans[0][0], spans[1][0], ""),)


def _rows(source: Source) -> Iterator[tuple[Site, Sequence[tuple[int, int]]]]:
    """Give every list, tuple, set and call of two or more plain elements, with the elements' bytes.

    An element in parentheses of its own would be torn out of them, so that its row is passed over.
    """
    for site in source.sites:
        match site.node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements) if kind(site):
                pass
            case ast.Call(args=elements):
                pass
            case _:
                continue
        spans = [source.span(element) for element in elements]
        gaps = [source.cut(a[1], b[0]) for a, b in pairwise(spans)]
        if gaps and all(gap.strip() == "," for gap in gaps):
            yield site, spans
