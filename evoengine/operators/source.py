"""A file of a genome as a syntax tree over its own text: edits touch the chosen nodes and nothing else.

Offsets count UTF-8 bytes, as `ast` does.
"""

import ast
import builtins
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from evoengine.problem import Problem
from evoengine.text.python import parse
from evoengine.text.regions import RegionError, is_evolvable, split
from evoengine.types import Genome

INDEX_ROLES = frozenset({"slice", "lower", "upper", "step"})
"""Where an expression stands for a position."""

_LINE_END = re.compile(rb"\r\n|\r|\n")
_REST = re.compile(rb"[ \t\f]*(#[^\r\n]*)?(\r\n|\r|\n)")
# Nothing runs differently for an annotation; positions inside an f-string are wrong before Python 3.12.
_SKIPPED_FIELDS = frozenset({"annotation", "returns", "type_params", "decorator_list", "pattern"})
_SKIPPED_NODES = frozenset({"JoinedStr", "TemplateStr"})
_SCOPES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
_BUILTINS = frozenset(dir(builtins))


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes to be replaced."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The names bound in a function, class, lambda, comprehension or module."""

    outer: "Scope | None" = None
    names: set[str] = field(default_factory=set[str])

    def knows(self, name: str) -> bool:
        """Say whether a name is bound here, further out, or built in."""
        if name in self.names:
            return True
        return name in _BUILTINS if self.outer is None else self.outer.knows(name)


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A node that may change, with its place.

    Attributes
    ----------
    node, parent
        The node and the one that holds it.
    role
        The field of the parent that holds it.
    start, end
        Its bytes in the text.
    scope
        The names that it may use.
    """

    node: ast.expr | ast.stmt
    parent: ast.AST
    role: str
    start: int
    end: int
    scope: Scope


class Source:
    """One Python or JSON text of a genome.

    `sites` holds the statements and expressions that may change, in the order of the text, a node
    before its parts.
    """

    def __init__(self, name: str, text: str, tree: ast.Module, regions: Sequence[tuple[int, int]]) -> None:
        self.name = name
        self.text = text
        self.data = text.encode()
        self._regions = regions
        self._lines = [0, *(found.end() for found in _LINE_END.finditer(self.data))]
        sites = (site for site in _walk(self, tree) if self.may_change(site.start, site.end))
        self.sites = tuple(sorted(sites, key=lambda site: (site.start, -site.end)))

    def may_change(self, start: int, end: int) -> bool:
        """Say whether bytes lie inside one evolvable region."""
        return any(low <= start and end <= high for low, high in self._regions)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Give the first byte of a node and the one after its last."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self._lines[node.lineno - 1] + node.col_offset
        return start, self._lines[node.end_lineno - 1] + node.end_col_offset

    def lines(self, site: Site) -> tuple[int, int] | None:
        """Give the bytes of the lines that a statement fills, their last line end included.

        None where it shares a line with other code, lies outside the regions with a part of its lines,
        or ends the text without a line end.
        """
        assert site.node.end_lineno is not None
        if site.node.end_lineno >= len(self._lines):
            return None
        start, end = self._lines[site.node.lineno - 1], self._lines[site.node.end_lineno]
        alone = not self.data[start : site.start].strip() and _REST.fullmatch(self.data, site.end, end)
        return (start, end) if alone and self.may_change(start, end) else None

    def line(self, offset: int) -> int:
        """Give the number of the line that a byte is in, from 1."""
        return bisect_right(self._lines, offset)

    def cut(self, start: int, end: int) -> str:
        """Give some of the text."""
        return self.data[start:end].decode()


def splice(text: str, edits: Iterable[Edit]) -> str:
    """Give a text with some of its bytes replaced. Edits must not overlap."""
    data = text.encode()
    out: list[bytes] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        out += (data[done : edit.start], edit.text.encode())
        done = edit.end
    return b"".join((*out, data[done:])).decode()


def read(problem: Problem, genome: Genome, *endings: str) -> tuple[Source, ...]:
    """Give the evolvable files with one of the name endings that parse and whose markers pair up.

    JSON is read as Python, of which its numbers and lists are a part.
    """
    found = (
        parse_source(name, text)
        for name, text in genome.items()
        if name.endswith(endings) and is_evolvable(problem, name)
    )
    return tuple(source for source in found if source is not None)


@lru_cache(maxsize=64)  # parents come back again and again, and a source never changes
def parse_source(name: str, text: str) -> Source | None:
    """Parse one text; None where it does not parse or its markers do not pair up."""
    tree = parse(text)
    if tree is None:
        return None
    try:
        spans = split(text)
    except RegionError:
        return None
    regions: list[tuple[int, int]] = []
    offset = 0
    for span in spans:
        end = offset + len(span.text.encode())
        if span.evolvable:
            regions.append((offset, end))
        offset = end
    return Source(name, text, tree, regions)


def _walk(source: Source, tree: ast.Module) -> Iterator[Site]:
    """Iterate over statements and expressions, a node before its parts, on a stack of its own."""
    stack: list[tuple[ast.AST, ast.AST, str, Scope]] = [(tree, tree, "", Scope())]
    while stack:
        node, parent, role, scope = stack.pop()
        if isinstance(node, (ast.expr, ast.stmt)):
            yield Site(node, parent, role, *source.span(node), scope)
        _bind(node, scope)
        inner = Scope(scope) if isinstance(node, _SCOPES) else scope
        stack.extend((child, node, role, inner) for role, child in _children(node))


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if type(node).__name__ in _SKIPPED_NODES:
        return
    for role, value in ast.iter_fields(node):
        if role in _SKIPPED_FIELDS:
            continue
        for child in cast("list[Any]", value) if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield role, child


def _bind(node: ast.AST, scope: Scope) -> None:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            scope.names.add(name)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            scope.names.add(name)
        case ast.alias(name=name, asname=alias):
            scope.names.add(alias or name.partition(".")[0])
        case ast.ExceptHandler(name=str(name)):
            scope.names.add(name)
        case _:
            pass
