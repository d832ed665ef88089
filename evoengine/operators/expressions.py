"""Changes of expressions: each gives the edits of one change, or none where the draw did not fit."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias, TypeVar

import numpy as np

from evoengine.operators.literals import literals_of
from evoengine.operators.source import INDEX_ROLES, Edit, Scope, Site, Source

Mutation: TypeAlias = Callable[[Source, np.random.Generator], Sequence[Edit]]
T = TypeVar("T")

LONGEST_DONOR = 160
"""Bytes; longer expressions are not copied, so that programs do not swell."""

_SYMBOL_GROUPS = (
    ("+", "-", "*", "/", "//", "%", "**"),
    ("&", "|", "^", "<<", ">>"),
    ("+=", "-=", "*=", "/="),
    ("<", "<=", ">", ">=", "==", "!="),
    ("is", "is not"),
    ("in", "not in"),
    ("and", "or"),
)
_ALTERNATIVES = {symbol: group for group in _SYMBOL_GROUPS for symbol in group}
_ATOMS = (
    ast.Constant,
    ast.Name,
    ast.Call,
    ast.Attribute,
    ast.Subscript,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
)
_BRACKETING = (
    ast.Assign,
    ast.AugAssign,
    ast.Return,
    ast.Call,
    ast.keyword,
    ast.List,
    ast.If,
    ast.While,
    ast.Subscript,
)
_VALUES = (
    ast.Constant,
    ast.BinOp,
    ast.UnaryOp,
    ast.Name,
    ast.Call,
    ast.Attribute,
    ast.Subscript,
    ast.IfExp,
)
OPERATIONS = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Attribute, ast.Subscript, ast.IfExp)
_TOUCHING = re.compile(rb"[\w\x80-\xff]")


def pick(items: Sequence[T], rng: np.random.Generator) -> T:
    """Draw one of a non-empty sequence, all alike."""
    return items[int(rng.integers(len(items)))]


def kind(site: Site) -> str:
    """Give the kind of a site's expression: one may stand for another of its kind. Empty: for none."""
    node = site.node
    if not isinstance(node, ast.expr) or not _is_read(node) or _is_handle(site):
        return ""
    if site.role in INDEX_ROLES or site.role == "iter":
        return site.role
    match node:
        case ast.Constant(value=bool()) | ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return "truth"
        case ast.Constant(value=value) if not isinstance(value, (int, float, complex)):
            return type(value).__name__
        case _:
            return "value" if isinstance(node, _VALUES) else type(node).__name__


def _is_read(node: ast.expr) -> bool:
    """Say whether an expression stands for a value, rather than for a place or a part of syntax."""
    if isinstance(node, (ast.Slice, ast.Starred, ast.GeneratorExp, ast.Await, ast.Yield, ast.YieldFrom)):
        return False
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _is_handle(site: Site) -> bool:
    """Say whether it is what something is called on, taken from or indexed in; or a docstring."""
    if site.role == "value":
        return isinstance(site.parent, (ast.Attribute, ast.Subscript, ast.Expr))
    return site.role == "func"


@lru_cache(maxsize=64)
def sites_by_kind(source: Source) -> Mapping[str, Sequence[Site]]:
    """Give the sites whose expressions can be replaced, by kind."""
    found: dict[str, list[Site]] = {}
    for site in source.sites:
        name = kind(site)
        if name:
            found.setdefault(name, []).append(site)
    return found


def swap_operator(source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Swap an arithmetic, bitwise, comparison or Boolean operator for another of its group."""
    places = [place for site in source.sites for place in _operators(source, site)]
    if not places:
        return ()
    start, symbol = pick(places, rng)
    others = [other for other in _ALTERNATIVES[symbol] if other != symbol]
    return (Edit(start, start + len(symbol), pick(others, rng)),)


def _operators(source: Source, site: Site) -> Iterator[tuple[int, str]]:
    """Give the first byte and the symbol of every operator of a node."""
    operands: Sequence[ast.expr] = ()
    match site.node:
        case ast.BinOp(left=left, right=right):
            operands = (left, right)
        case ast.AugAssign(target=target, value=value):
            operands = (target, value)
        case ast.Compare(left=left, comparators=comparators):
            operands = (left, *comparators)
        case ast.BoolOp(values=values):
            operands = values
        case _:
            pass
    for left, right in pairwise(operands):
        start, end = source.span(left)[1], source.span(right)[0]
        gap = source.cut(start, end)
        symbol = gap.strip("() \t\r\n")
        # A comment between the operands makes it another "symbol", and the place is passed over.
        if symbol in _ALTERNATIVES:
            yield start + gap.index(symbol), symbol


def replace(source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Put a copy of another expression of the same kind in the place of one."""
    return transplant(source, source, rng)


def transplant(source: Source, donors: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Put an expression of `donors` in the place of one of its kind in `source`."""
    available = sites_by_kind(donors)
    targets = [
        (site, name) for name, sites in sites_by_kind(source).items() if name in available for site in sites
    ]
    if not targets:
        return ()
    target, name = pick(targets, rng)
    donor = pick(available[name], rng)
    text = donors.cut(donor.start, donor.end)
    same = text == source.cut(target.start, target.end)
    if same or donor.end - donor.start > LONGEST_DONOR or not is_known(donor.node, target.scope):
        return ()
    return (put_node(source, target, donor.node, text),)


def shrink(source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Put one part of an expression in its place: an operand, an argument, a branch."""
    pairs = [(site, part) for site in source.sites if kind(site) for part in _parts(site.node)]
    if not pairs:
        return ()
    site, part = pick(pairs, rng)
    return (put_node(source, site, part, source.cut(*source.span(part))),)


def _parts(node: ast.AST) -> Sequence[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right):
            return (left, right)
        case ast.BoolOp(values=values):
            return values
        case ast.UnaryOp(operand=operand):
            return (operand,)
        case ast.IfExp(body=body, orelse=orelse):
            return (body, orelse)
        case ast.Call(args=[first, *_]) if _is_read(first):
            return (first,)
        case _:
            return ()


def grow(source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Add, subtract, multiply or divide a value by a number, another value or a multiple of one.

    Numbers are log-uniform: between 0.001 and 10 to be added, a third of a decade around 1 to scale by.
    """
    values = sites_by_kind(source).get("value")
    if not values:
        return ()
    target, symbol, draw = pick(values, rng), pick("+-*/", rng), rng.random()
    if draw < 0.4:
        other = number(rng, -3, 1) if symbol in "+-" else number(rng, -0.3, 0.3)
    else:
        donor = known_value(source, values, target, rng)
        if not donor:
            return ()
        other = donor if draw < 0.6 else f"({number(rng, -3, 0)} * {donor})"
        other = f"(1 + {other})" if draw >= 0.6 and symbol in "*/" else other
    text = _operand(target.node, source.cut(target.start, target.end))
    return (put(source, target, f"{text} {symbol} {other}", atom=False),)


def branch(source: Source, rng: np.random.Generator) -> Sequence[Edit]:
    """Shift a value where a name that is known there is below, at or above a number."""
    values = sites_by_kind(source).get("value")
    if not values:
        return ()
    target = pick(values, rng)
    names = [site.node.id for site in values if isinstance(site.node, ast.Name)]
    names = [name for name in names if target.scope.knows(name)]
    if not names:
        return ()
    text = source.cut(target.start, target.end)
    bound = str(rng.integers(20)) if rng.random() < 0.5 else number(rng, -3, 1)
    shifted = f"{_operand(target.node, text)} {pick('+-', rng)} {number(rng, -3, 0)}"
    test = f"{pick(names, rng)} {pick(('<', '==', '>'), rng)} {bound}"
    return (Edit(target.start, target.end, f"({shifted} if {test} else {text})"),)


def known_value(source: Source, values: Sequence[Site], target: Site, rng: np.random.Generator) -> str:
    """Draw a value as an operand; empty where it is too long, or reads what is not known at the target."""
    donor = pick(values, rng)
    if donor.end - donor.start > LONGEST_DONOR or not is_known(donor.node, target.scope):
        return ""
    return _operand(donor.node, source.cut(donor.start, donor.end))


def number(rng: np.random.Generator, low: float, high: float) -> str:
    """Draw a positive number, log-uniformly between powers of ten."""
    return f"{10 ** rng.uniform(low, high):.3g}"


def number_like(source: Source, rng: np.random.Generator) -> str:
    """Draw a positive number whose logarithm is near that of one of the program's own, or of 1 where it has none."""
    sizes = [abs(literal.value) for literal in literals_of(source) if not literal.whole and literal.value]
    return f"{pick(sizes or [1.0], rng) * 2.0 ** rng.normal():.3g}"


def _operand(node: ast.AST, text: str) -> str:
    return text if isinstance(node, _ATOMS) and "\n" not in text else f"({text})"


def is_known(node: ast.AST, scope: Scope) -> bool:
    """Say whether every name that a node reads is bound in a scope, or in the node itself."""
    names = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    bound = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    bound |= {inner.arg for inner in ast.walk(node) if isinstance(inner, ast.arg)}
    return all(name.id in bound or scope.knows(name.id) for name in names)


def put(source: Source, target: Site, text: str, *, atom: bool, bare: bool = True) -> Edit:
    """Give the edit that puts an expression in the place of another, in parentheses where needed.

    Parameters
    ----------
    atom
        Whether no operator around it could tear it apart.
    bare
        Whether it can stand without parentheses where only a bracket, a comma or a keyword is around.
    """
    start, end = target.start, target.end
    before, after = source.data[max(0, start - 1) : start], source.data[end : end + 1]
    enclosed = before == b"(" and after == b")"
    safe = atom or (bare and (enclosed or isinstance(target.parent, _BRACKETING)))
    touching = _TOUCHING.match(before) or _TOUCHING.match(after)
    broken = "\n" in text and not enclosed
    return Edit(start, end, f"({text})" if broken or touching or not safe else text)


def put_node(source: Source, target: Site, node: ast.AST, text: str) -> Edit:
    """Give the edit that puts a node with its text in the place of an expression."""
    bare = not isinstance(node, (ast.Tuple, ast.NamedExpr))
    return put(source, target, text, atom=isinstance(node, _ATOMS), bare=bare)
