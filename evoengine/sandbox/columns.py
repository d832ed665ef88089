"""Arguments and values of many like calls, laid out column by column: an array each, and no object for each call.

*Packed* columns are one-dimensional and of floats, ints or bools: their number of entries, how many columns there
are, a code for each, and then their bytes. Anything else goes as a general value (`wire.encode`).
"""

import array
import struct
import sys
from collections.abc import Sequence
from typing import Any, cast

from evoengine.sandbox import wire

_SHAPE = struct.Struct("<IB")
_CODES = {"<f8": "d", "<i8": "q", "|b1": "?"}
_DTYPES = {code: dtype for dtype, code in _CODES.items()}
_KINDS: dict[type, str] = {float: "d", int: "q"}
_SIZES = {"d": 8, "q": 8, "?": 1}


def encode(columns: Sequence[Any]) -> bytes:
    """Encode columns of one length, each an array or a sequence. Raises `wire.WireError`."""
    counts = set(map(len, columns))
    if len(counts) != 1:
        raise wire.WireError("a batch needs columns, and all of one length")
    packed = pack(columns)
    if packed is not None:
        return wire.PACKED + packed
    return wire.VALUE + wire.encode([given if hasattr(given, "dtype") else list(given) for given in columns])


def decode(body: wire.Body) -> list[list[Any]]:
    """Undo `encode` of the trusted side, as lists."""
    if body[:1] == wire.PACKED:
        length, codes, parts = _split(memoryview(body)[1:])
        return [
            list(struct.unpack(f"<{length}{code}", part)) for code, part in zip(codes, parts, strict=True)
        ]
    found = wire.decode_trusted(body[1:])
    return [given.tolist() if getattr(given, "ndim", 2) == 1 else list(given) for given in found]


def pack(columns: Sequence[Any]) -> bytes | None:
    """Encode columns of one length as packed ones; None where there is one that cannot be."""
    codes, parts = "", list[bytes]()
    for given in columns:
        code, part = _part(given)
        if not code:
            return None
        codes += code
        parts.append(part)
    return b"".join((_SHAPE.pack(len(columns[0]), len(codes)), codes.encode(), *parts))


def _part(given: Any) -> tuple[str, bytes]:
    """Give the code and the bytes of a column; no code for one of another kind."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(given, numpy.ndarray):
        code = _CODES.get(given.dtype.str, "") if given.ndim == 1 else ""
        return code, given.tobytes() if code else b""
    kinds = set(map(type, given))
    kind = kinds.pop() if len(kinds) == 1 else object
    if numpy is not None and issubclass(kind, numpy.generic):
        return _part(numpy.array(given))
    try:
        if kind is bool:
            return "?", bytes(given)
        if kind in _KINDS:
            return _KINDS[kind], array.array(_KINDS[kind], given).tobytes()
    except OverflowError:
        pass
    return "", b""


def values(given: Sequence[Any]) -> Any:
    """Give what calls returned as one array where all returned arrays of one kind and shape, else as a list."""
    numpy = sys.modules.get("numpy")
    if numpy is None or set(map(type, given)) != {numpy.ndarray}:
        return given
    alike = len({(value.shape, value.dtype.str) for value in given}) == 1
    return numpy.stack(given) if alike else given


def count(given: Any) -> int:
    """Give how many values there are, 0 where it is neither a list nor an array of some."""
    if isinstance(given, list):
        return len(cast("list[Any]", given))
    return len(given) if getattr(given, "shape", ()) else 0


def unpack(body: wire.Body) -> Any:
    """Give the one column of a packed answer as an array. Raises `wire.WireError`."""
    _, codes, parts = _split(memoryview(body))
    if len(codes) != 1:
        raise wire.WireError("not one column")
    import numpy as np  # noqa: PLC0415 - only the trusted side comes here, which has it

    [part] = parts
    # Bytes other than 0 and 1 would make bools that are neither.
    return np.frombuffer(part, "|u1") != 0 if codes == "?" else np.frombuffer(part, _DTYPES[codes]).copy()


def _split(body: memoryview) -> tuple[int, str, list[memoryview]]:
    """Give the count, the codes and the bytes of each packed column. Raises `wire.WireError`."""
    try:
        length, width = _SHAPE.unpack_from(body)
    except struct.error:
        raise wire.WireError("malformed columns") from None
    offset = _SHAPE.size + width
    codes = bytes(body[_SHAPE.size : offset])
    if len(codes) != width or codes.strip(b"dq?"):
        raise wire.WireError("columns of an unknown code")
    parts: list[memoryview] = []
    for code in codes.decode():
        parts.append(body[offset : offset + length * _SIZES[code]])
        offset += length * _SIZES[code]
    if offset != len(body):
        raise wire.WireError("columns of another length than they say")
    return length, codes.decode(), parts
