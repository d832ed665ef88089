"""What candidates return, made safe to compute with: type, finiteness, shape and range, in that order.

Every gate takes the name of the thing for its message and raises `Invalid`. A bool is no number here, a
complex number is no real one, and text is never parsed. What passes is plain: a `float`, an `int`, a
`list` or a float64 array of the very shape that was asked for.
"""

import json
import math
from collections.abc import Collection
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from evoengine.evaluation import Invalid

FloatArray: TypeAlias = NDArray[np.float64]

_UNBOUNDED = (-math.inf, math.inf)

_SHOWN = 60
"""Characters of a wrong value that a message repeats."""

_TEXT_LIMIT = 100
"""Characters allowed for each number of a vector."""


def number(value: Any, what: str, low: float = -math.inf, high: float = math.inf) -> float:
    """Give a finite float in [low, high]."""
    # Only the very types: a subclass may compare and convert as it likes.
    if type(value) not in {int, float}:
        raise Invalid(f"{what} must be a number, not {_describe(value)}")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise Invalid(f"{what} must be finite, not {_describe(value)}")
    _require_range(result, what, low, high)
    return result


def integer(value: Any, what: str, low: float = -math.inf, high: float = math.inf) -> int:
    """Give an int in [low, high]; 3.0 and True are none."""
    if type(value) is not int:
        raise Invalid(f"{what} must be an integer, not {_describe(value)}")
    _require_range(value, what, low, high)
    return value


def items(value: Any, what: str, count: int, most: int | None = None) -> list[Any]:
    """Give a list of exactly `count` items, or of `count` to `most`."""
    if type(value) is not list:
        raise Invalid(f"{what} must be a list, not {_describe(value)}")
    found = cast("list[Any]", value)
    if not count <= len(found) <= (count if most is None else most):
        wanted = count if most is None else f"{count} to {most}"
        raise Invalid(f"{what} must have {wanted} items, not {len(found)}")
    return found


def length(value: Any, what: str, low: int, high: int) -> int:
    """Give how many items a list, or rows an array, has: at least `low`, at most `high`."""
    if type(value) is np.ndarray and value.ndim == 0:
        raise Invalid(f"{what} must be a list, not a single number")
    if type(value) not in {list, np.ndarray}:
        raise Invalid(f"{what} must be a list, not {_describe(value)}")
    return integer(len(value), f"the number of {what}", low, high)


def table(value: Any, what: str, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
    """Give a dict that has all the required keys and none but these and the optional ones."""
    if type(value) is not dict:
        raise Invalid(f"{what} must be a dict, not {_describe(value)}")
    found = cast("dict[str, Any]", value)
    for key in required:
        if key not in found:
            raise Invalid(f"{what} lacks {key!r}")
    for key in found:
        if key not in required and key not in optional:
            raise Invalid(f"{what} has {_short(key)}, which is none of {', '.join([*required, *optional])}")
    return found


def choice(value: Any, what: str, options: Collection[str]) -> str:
    """Give a text that is one of these."""
    if type(value) is not str or value not in options:
        raise Invalid(f"{what} must be one of {', '.join(options)}, not {_describe(value)}")
    return value


def vector(text: str, count: int, low: float = -math.inf, high: float = math.inf) -> FloatArray:
    """Give the numbers of a genome that is a JSON list of exactly `count`, all finite and in [low, high]."""
    limit = _TEXT_LIMIT * count
    if len(text) > limit:
        raise Invalid(f"the vector has {len(text)} characters, more than {limit}")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"the vector is no JSON list: {error}") from None
    return array(value, "the vector", (count,), low, high)


def array(
    value: Any, what: str, shape: tuple[int, ...], low: float = -math.inf, high: float = math.inf
) -> FloatArray:
    """Give a float64 array of exactly this shape, all finite and in [low, high].

    A NumPy array of integers or floats, nested lists of numbers, and lists of arrays all serve.
    """
    convert = _from_array if type(value) is np.ndarray else _from_list
    result = convert(value, what, shape)
    if result.size == 0:
        return result
    if not np.isfinite(result).all():
        place = _first(~np.isfinite(result))
        raise Invalid(f"{what}{place} must be finite, not {_at(result, place)}")
    for wrong in (result < low, result > high) if (low, high) != _UNBOUNDED else ():
        if wrong.any():
            place = _first(wrong)
            _require_range(_at(result, place), f"{what}{place}", low, high)
    return result


def _from_array(value: NDArray[Any], what: str, shape: tuple[int, ...]) -> FloatArray:
    if value.dtype.kind not in "iuf":
        raise Invalid(f"{what} must be an array of real numbers, not of {value.dtype}")
    if value.shape != shape:
        raise Invalid(f"{what} must have the shape {shape}, not {value.shape}")
    if value.dtype == np.float64:
        return value
    with np.errstate(over="ignore"):
        return value.astype(np.float64)


def _from_list(value: Any, what: str, shape: tuple[int, ...]) -> FloatArray:
    if type(value) is not list:
        raise Invalid(f"{what} must be an array of shape {shape}, not {_describe(value)}")
    rows = items(cast("list[Any]", value), what, shape[0])
    if len(shape) == 1:
        return np.array([number(row, f"{what}[{i}]") for i, row in enumerate(rows)], dtype=np.float64)
    result = np.empty(shape, dtype=np.float64)
    for i, row in enumerate(rows):
        result[i] = array(row, f"{what}[{i}]", shape[1:])
    return result


def _first(wrong: NDArray[np.bool_]) -> list[int]:
    """Give the index of the first true entry."""
    return [int(i) for i in np.argwhere(wrong)[0]]


def _at(values: FloatArray, place: list[int]) -> float:
    return float(values[tuple(place)])


def _require_range(value: float, what: str, low: float, high: float) -> None:
    if value < low:
        raise Invalid(f"{what} = {_short(value)} is below {low}")
    if value > high:
        raise Invalid(f"{what} = {_short(value)} is above {high}")


def _describe(value: Any) -> str:
    """Name what came instead; a huge value is never written out."""
    kind: str = type(value).__name__
    if type(value) in {int, float}:
        return _short(value)
    if type(value) in {bool, str}:
        return f"{kind} {_short(value)}"
    return "None" if value is None else kind


def _short(value: bool | float | str) -> str:
    if isinstance(value, int) and value.bit_length() > 64:
        return f"an integer of {value.bit_length()} bits"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
