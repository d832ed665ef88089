import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.exact import at_least, at_most, convolve, to_integers

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SEQUENCES = st.lists(st.integers(0, 2**70), min_size=1, max_size=12)


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=5))
def test_integers_are_the_floats_in_one_unit(rows):
    integers = to_integers(np.array(rows))
    (unit,) = {
        Fraction(n) / Fraction(x)
        for row, numbers in zip(rows, integers, strict=True)
        for x, n in zip(row, numbers, strict=True)
        if x
    } or {1}
    assert unit > 0
    assert [[n / unit for n in numbers] for numbers in integers] == [
        [Fraction(x) for x in row] for row in rows
    ]


@given(st.fractions())
def test_rounding_goes_one_way_and_no_further_than_needed(value):
    below, above = at_most(value), at_least(value)
    assert Fraction(below) <= value <= Fraction(above)
    assert above in {below, math.nextafter(below, math.inf)}
    assert (below == above) == (Fraction(float(value)) == value)


def test_what_no_float_holds_is_an_error():
    for rounded in (at_most, at_least):
        with pytest.raises(OverflowError):
            rounded(Fraction(10**400))


@given(SEQUENCES, SEQUENCES)
def test_the_convolution_is_that_of_the_definition(one, other):
    expected = [0] * (len(one) + len(other) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            expected[i + j] += a * b
    assert convolve(one, other) == expected


def test_the_widest_term_does_not_carry_over():
    ones = [2**52 - 1] * 255
    assert convolve(ones, ones)[254] == 255 * (2**52 - 1) ** 2
