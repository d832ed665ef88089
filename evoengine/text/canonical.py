"""The canonical form of a text: what stays when only comments and spacing change."""

import ast
from functools import lru_cache
from typing import Any, cast

from evoengine.rng import digest_texts
from evoengine.text.python import parse
from evoengine.types import Genome

# Implied by the surroundings (ctx), or a matter of spelling alone (kind: the u of u"").
_LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


def genome_digest(genome: Genome) -> str:
    """Give the hexadecimal digest of a genome's canonical form, 32 digits."""
    return digest_texts({name: canonical(text, name) for name, text in genome.items()})


def canonical(text: str, name: str) -> str:
    r"""Give the canonical form of one named text. Never raises.

    A ``.py`` text becomes its syntax tree written out: equal for programs that differ in comments,
    spacing, quotes, redundant parentheses or the spelling of a number. Docstrings count, for a program
    can read them. Empty fields are left out, so that the form does not depend on the Python version.
    Any other text, and a program that does not parse, has its line ends made ``\n`` and white space
    stripped from the ends of its lines and from its own end.
    """
    tree = parse(text) if name.endswith(".py") else None
    return _stripped(text) if tree is None else _written(tree)


def _stripped(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).rstrip()


@lru_cache(maxsize=256)  # one entry per node class
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """Give the fields to write, last first: they are pushed on a stack."""
    return tuple(name for name in reversed(kind._fields) if name not in _LEFT_OUT)


def _written(tree: ast.Module) -> str:
    """Write a tree in prefix form, on a stack of its own: the depth of the caller must not matter."""
    out: list[str] = []
    stack: list[Any] = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            out.append(item)
        elif isinstance(item, ast.Constant):
            out.append(_constant(item.value))
        elif isinstance(item, ast.AST):
            out.append(f"({type(item).__name__}")
            stack.append(")")
            _push_fields(item, stack)
        elif isinstance(item, list):
            out.append("[")
            stack.append("]")
            stack.extend(reversed(cast("list[Any]", item)))
        else:
            out.append(repr(item))
    return " ".join(out)


def _push_fields(node: ast.AST, stack: list[Any]) -> None:
    for name in _fields(type(node)):
        value = getattr(node, name)
        if value is None or value == []:
            continue
        stack.append(ascii(value) if isinstance(value, str) else value)
        stack.append(name)


def _constant(value: Any) -> str:
    """Write a constant with its type: 1, 1.0 and True are three constants, whatever their size."""
    # Decimal digits of a huge integer are refused by Python, hexadecimal ones are not.
    text = hex(value) if type(value) is int else ascii(value)
    return f"{type(value).__name__}:{text}"
