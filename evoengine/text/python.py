"""Parsing Python text from anywhere without ever raising or warning."""

import ast
import warnings


def parse(text: str) -> ast.Module | None:
    """Give the syntax tree of a module, or None where `text` is not Python.

    Null bytes, lone surrogates and nesting too deep for the parser count as not Python.
    """
    with warnings.catch_warnings(action="ignore"):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def compiles(text: str) -> bool:
    """Say whether a module compiles: beyond parsing, no stray return, break or continue."""
    with warnings.catch_warnings(action="ignore"):
        try:
            compile(text, "<candidate>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return False
    return True
