r"""The one language spoken between the trusted side and a candidate: frames of plain data, never pickle.

A frame is a kind (one byte), a length (four bytes, little-endian) and a body. A value's body is

- *general*: the length of a JSON text, the text, and the bytes of the numeric arrays in it, in order; in the text
  an array is ``{"\u0000array": [dtype, shape]}``, or
- *packed*: for a few floats, ints, bools and 1-D float arrays, one code each and then their bytes.

What comes from a candidate is hostile, so decoding checks everything and raises `WireError` alone.
"""

import functools
import itertools
import json
import math
import re
import struct
import sys
from collections.abc import Sequence
from typing import Any, TypeAlias

HEADER = struct.Struct("<cI")

# From the trusted side.
LOAD, CALL, MAP, OPEN, STEP, BATCH, RUN, SIMULATE = b"L", b"C", b"M", b"O", b"D", b"B", b"X", b"H"
# From the candidate.
VALUE, PACKED, COLUMN, RAISED, BROKEN, LEFT, UNPLAIN = b"V", b"P", b"A", b"E", b"S", b"Q", b"U"

NUMBER = 2
"""Bytes of the number of a driven function, before the arguments of a `STEP` or `BATCH`."""
DEPTH_LIMIT = 64
"""Nesting of lists and dicts in one value."""
DIMENSION_LIMIT = 32
HARNESS = "<harness>"
"""What a harness is called among the files in a traceback; no file of a genome can have the name."""

_ARRAY = "\0array"
_ARRAY_ESCAPED = rb"\u0000array"
_DTYPE = re.compile(r"\|b1|\|[iu]1|<[iu][248]|<f[248]|<c(8|16)")
# Also matches a string without an end; else each quote in it would be tried as a beginning: quadratic time.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.?+)*+(?:"|\Z)', re.DOTALL)
_SURROGATE = re.compile(rb"(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_CODES: dict[type, str] = {float: "d", int: "q", bool: "?"}
_PACKED_LIMIT = 64
_LONGEST, _ALIGNMENT = 0xFFFFFFFF, 16


Body: TypeAlias = bytes | bytearray


class WireError(ValueError):
    """Bytes that are no frame, or a value that is not plain data."""


def frame(kind: bytes, body: bytes) -> bytes:
    """Put a header before a body. Raises `WireError` beyond 4 GiB."""
    if len(body) > _LONGEST:
        raise WireError("a value of more than 4 GiB")
    return HEADER.pack(kind, len(body)) + body


def message(kind: bytes, value: Any) -> bytes:
    """Give the frame of a value. The bytes of its arrays are copied once, into the frame. Raises `WireError`."""
    parts = _parts(value)
    size = sum(map(len, parts))
    if size > _LONGEST:
        raise WireError("a value of more than 4 GiB")
    return b"".join((HEADER.pack(kind, size), *parts))


def encode(value: Any) -> bytes:
    """Encode JSON values and numeric arrays in any nesting. Raises `WireError` for anything else.

    Tuples become lists, and keys of dicts become strings, as in JSON.
    """
    return b"".join(_parts(value))


def _parts(value: Any) -> list[Any]:
    """Give what an encoded value is put together from: a length, a text, and the bytes of each array."""
    buffers: list[Any] = []

    def plain(thing: Any) -> Any:
        numpy = sys.modules.get("numpy")
        if numpy is None or not isinstance(thing, (numpy.ndarray, numpy.generic)):
            raise WireError(f"a value of type {type(thing).__name__} is not plain data")
        if isinstance(thing, numpy.generic) and thing.dtype.kind in "biuf" and thing.itemsize <= 8:
            return thing.item()
        return _placeholder(numpy.asarray(thing), buffers)

    try:
        text = json.dumps(value, default=plain, ensure_ascii=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise WireError(str(error)[:500]) from None
    if buffers:
        text += bytes(_gap(4 + len(text))).replace(b"\0", b" ")
    return [len(text).to_bytes(4, "little"), text, *buffers]


def _gap(size: int) -> int:
    """Give the bytes to add so that what follows is aligned, and need not be copied to be computed with."""
    return -size % _ALIGNMENT


def _placeholder(array: Any, buffers: list[Any]) -> dict[str, Any]:
    dtype = array.dtype.newbyteorder("<")
    if not _DTYPE.fullmatch(dtype.str):
        raise WireError(f"an array of dtype {array.dtype} is not plain data")
    # The array's own memory where it has the order of a C array.
    flat = array.astype(dtype, copy=False).reshape(-1).view("u1")
    buffers += [flat, bytes(_gap(flat.size))]
    return {_ARRAY: [dtype.str, list(array.shape)]}


def decode(body: Body) -> Any:
    """Undo `encode`. Raises `WireError` for whatever is malformed, nested too deep or no plain data.

    The arrays of a `bytearray` are views of it, those of `bytes` are copies.
    """
    length = int.from_bytes(body[:4], "little")
    text, raw = bytes(body[4 : 4 + length]), memoryview(body)[4 + length :]
    if len(body) < 4 or len(text) != length:
        raise WireError("a value shorter than it says")
    if _SURROGATE.search(text):
        raise WireError("a string with a lone surrogate")
    _check_depth(text)
    return _parse(text, raw)


def decode_trusted(body: Body) -> Any:
    """Undo `encode` of what comes from the trusted side, without the costlier checks."""
    length = int.from_bytes(body[:4], "little")
    return _parse(bytes(body[4 : 4 + length]), memoryview(body)[4 + length :])


def _parse(text: bytes, raw: memoryview) -> Any:
    offset = 0

    def restore(item: dict[str, Any]) -> Any:
        nonlocal offset
        if _ARRAY not in item:
            return item
        array, size = _array(item, raw[offset:])
        offset += size + _gap(size)
        return array

    hook = restore if raw or _ARRAY_ESCAPED in text else None
    try:
        value = json.loads(text, object_hook=hook)
    except WireError:
        raise
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON: {error}"[:200]) from None
    if offset != len(raw):
        raise WireError("more bytes than the arrays need")
    return value


def _check_depth(text: bytes) -> None:
    """Bound the nesting before the recursive parser sees it."""
    if text.count(b"[") + text.count(b"{") <= DEPTH_LIMIT:
        return
    brackets = _STRING.sub(b"", text).translate(None, _NOT_BRACKETS)
    if max(itertools.accumulate(map(_STEPS.__getitem__, brackets)), default=0) > DEPTH_LIMIT:
        raise WireError(f"nested deeper than {DEPTH_LIMIT}")


def _array(item: dict[str, Any], raw: memoryview) -> tuple[Any, int]:
    """Give the array that a placeholder stands for, and its size in bytes."""
    match item:
        case {"\0array": [str(dtype), [*shape]]} if len(item) == 1 and _DTYPE.fullmatch(dtype):
            pass
        case _:
            raise WireError("a malformed array")
    if len(shape) > DIMENSION_LIMIT or any(type(n) is not int or not 0 <= n < 2**48 for n in shape):
        raise WireError("an array of impossible shape")
    size = math.prod(shape) * int(dtype[2:])
    if size > len(raw):
        raise WireError("an array larger than its bytes")
    import numpy as np  # noqa: PLC0415 - only a program that exchanges arrays pays for NumPy

    if dtype == "|b1" and any(bytes(raw[:size]).translate(None, b"\0\1")):
        raise WireError("an array of bools that are neither 0 nor 1")
    try:
        array = np.frombuffer(raw[:size], dtype).reshape(shape)
        return array if array.flags.writeable and array.flags.aligned else array.copy(), size
    except ValueError as error:
        raise WireError(str(error)[:200]) from None


def pack(values: Sequence[Any]) -> bytes | None:
    """Encode a few scalars and 1-D float arrays fast; None if they are anything else."""
    try:
        codes = "".join([_CODES[type(value)] for value in values])
        prefix, layout = _packing(codes)
        return prefix + layout.pack(*values)
    except KeyError:
        return _pack_numpy(values)
    except struct.error:
        return None


def _pack_numpy(values: Sequence[Any]) -> bytes | None:
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    codes, fields, tail = "", list[Any](), list[bytes]()
    for value in values:
        if type(value) is numpy.ndarray and value.ndim == 1 and value.dtype.str == "<f8":
            tail.append(value.tobytes())
            codes, field = codes + "Q", value.size
        elif isinstance(value, numpy.generic) and value.dtype.kind in "biuf" and value.itemsize <= 8:
            field = value.item()
            codes += _CODES[type(field)]
        elif type(value) in _CODES:
            codes, field = codes + _CODES[type(value)], value
        else:
            return None
        fields.append(field)
    try:
        prefix, layout = _packing(codes)
        return b"".join((prefix, layout.pack(*fields), *tail))
    except struct.error:
        return None


@functools.lru_cache(maxsize=256)
def _packing(codes: str) -> tuple[bytes, struct.Struct]:
    if len(codes) > _PACKED_LIMIT:
        raise struct.error(codes)
    return bytes([len(codes)]) + codes.encode(), struct.Struct(f"<{codes}")


@functools.lru_cache(maxsize=256)
def _unpacking(prefix: bytes) -> tuple[str, struct.Struct]:
    if len(prefix) != 1 + prefix[0] or prefix[1:].strip(b"dq?Q"):
        raise WireError("an unknown code in a packed value")
    codes = prefix[1:].decode()
    return codes, struct.Struct(f"<{len(prefix)}x{codes}")


def unpack(body: Body) -> Sequence[Any]:
    """Undo `pack`. Raises `WireError`."""
    if not body:
        raise WireError("a malformed packed value")
    codes, layout = _unpacking(bytes(body[: 1 + body[0]]))
    try:
        if "Q" not in codes:
            return layout.unpack(body)
        values = list(layout.unpack_from(body))
    except struct.error:
        raise WireError("a malformed packed value") from None
    offset = layout.size
    import numpy as np  # noqa: PLC0415 - only a program that exchanges arrays pays for NumPy

    for index, code in enumerate(codes):
        if code == "Q":
            end = offset + 8 * values[index]
            if end > len(body):
                raise WireError("an array larger than its bytes")
            values[index] = np.frombuffer(body[offset:end], "<f8").copy()
            offset = end
    if offset != len(body):
        raise WireError("a packed value longer than it says")
    return values


def unpack_frame(data: bytes) -> Sequence[Any] | None:
    """Give the one value of a frame that is whole, packed and well-formed; None of any other."""
    if (
        data[:1] != PACKED
        or len(data) < HEADER.size
        or len(data) != HEADER.size + HEADER.unpack_from(data)[1]
    ):
        return None
    try:
        values = unpack(data[HEADER.size :])
    except WireError:
        return None
    return values if len(values) == 1 else None
