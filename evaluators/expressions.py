"""Expressions in x: programs so small that they are run here, by an interpreter that knows nothing else."""

import ast
import math
from collections.abc import Callable, Mapping

import numpy as np

from evaluators.gates import FloatArray

LONGEST = 400
"""Characters of an expression."""

_FUNCTIONS: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "abs": np.abs,
    "cos": np.cos,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
}
_OPERATORS: Mapping[type[ast.operator], Callable[[FloatArray, FloatArray], FloatArray]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}


def values(expression: str, x: FloatArray) -> FloatArray | None:
    """Give the values of an expression, shape ``(n,)``, or None where it is none or one of them is not finite.

    It may hold numbers, ``x``, ``pi``, the operators ``+ - * / **``, parentheses, and the functions ``abs``,
    ``cos``, ``exp``, ``log``, ``sin``, ``sqrt`` and ``tanh``; at most `LONGEST` characters.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval") if len(expression) <= LONGEST else None
        with np.errstate(all="ignore"):
            found = None if tree is None else _value(tree.body, x) + np.zeros_like(x)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return found if found is not None and np.isfinite(found).all() else None


def _value(node: ast.expr, x: FloatArray) -> FloatArray:
    """Give the values of a node. Raises `ValueError` for what no expression may hold."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return np.full_like(x, float(number) if abs(number) < 1e300 else math.inf)
        case ast.Name(id="x"):
            return x
        case ast.Name(id="pi"):
            return np.full_like(x, math.pi)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, x)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return _OPERATORS[type(operator)](_value(left, x), _value(right, x))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_value(argument, x))
        case _:
            raise ValueError(f"an expression holds no {type(node).__name__}")
