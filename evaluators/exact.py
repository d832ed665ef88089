"""Exact arithmetic for scores: floats taken for the rational numbers that they are."""

import math
from collections.abc import Sequence
from fractions import Fraction

from evaluators.gates import FloatArray


def to_integers(rows: FloatArray) -> list[list[int]]:
    """Give the same numbers, exactly, in units of their finest binary place."""
    ratios = [[value.as_integer_ratio() for value in row] for row in rows.tolist()]
    unit = max(denominator for row in ratios for _, denominator in row)
    return [[numerator * (unit // denominator) for numerator, denominator in row] for row in ratios]


def at_most(value: Fraction) -> float:
    """Give the largest float that is no more than `value`. Raises `OverflowError` beyond the floats."""
    nearest = float(value)
    return math.nextafter(nearest, -math.inf) if Fraction(nearest) > value else nearest


def at_least(value: Fraction) -> float:
    """Give the smallest float that is no less than `value`. Raises `OverflowError` beyond the floats."""
    return -at_most(-value)


def convolve(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """Give the full convolution of two sequences of integers >= 0, neither of them empty.

    By Kronecker substitution: each sequence becomes one integer, wide enough apart that nothing is carried
    over, so that a single product gives all terms (recalled, not re-checked: L. Kronecker, 1882).
    """
    terms = min(len(one), len(other))
    width = (max(one).bit_length() + max(other).bit_length() + terms.bit_length() + 7) // 8
    count = len(one) + len(other) - 1
    packed = (_pack(one, width) * _pack(other, width)).to_bytes(width * count, "little")
    return [int.from_bytes(packed[i : i + width], "little") for i in range(0, width * count, width)]


def _pack(values: Sequence[int], width: int) -> int:
    return int.from_bytes(b"".join(value.to_bytes(width, "little") for value in values), "little")
