import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from evaluators.gates import array, choice, integer, items, length, number, table, vector
from evoengine.evaluation import Invalid

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(max_size=5)
    | arrays.arrays(st.sampled_from([np.float64, np.int8, np.bool_, np.complex128]), arrays.array_shapes()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


class Liar(float):
    def __lt__(self, other):
        return False


@pytest.mark.parametrize("value", [1, 1.0, -0.5, 2**70])
def test_numbers_pass(value):
    assert number(value, "it") == value
    assert type(number(value, "it")) is float


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (True, "it must be a number, not bool True"),
        (None, "it must be a number, not None"),
        ("1.0", "it must be a number, not str '1.0'"),
        ("x" * 100, "it must be a number, not str '" + "x" * 59 + "..."),
        ([1.0], "it must be a number, not list"),
        (1j, "it must be a number, not complex"),
        (Liar(1.0), "it must be a number, not Liar"),
        (np.float64(1.0), "it must be a number, not float64"),
        (math.nan, "it must be finite, not nan"),
        (-math.inf, "it must be finite, not -inf"),
        (10**400, "it must be finite, not an integer of 1329 bits"),
        (-0.1, "it = -0.1 is below 0.0"),
        (3, "it = 3.0 is above 2.0"),
    ],
)
def test_what_is_no_number_in_range_is_refused(value, reason):
    with pytest.raises(Invalid) as caught:
        number(value, "it", 0.0, 2.0)
    assert caught.value.status == "invalid"
    assert caught.value.feedback.startswith(reason)


def test_integers_are_integers():
    assert integer(7, "n", 0, 10) == 7
    for wrong in (7.0, True, "7", None, np.int64(7)):
        with pytest.raises(Invalid, match="n must be an integer"):
            integer(wrong, "n")
    for wrong, reason in ((-1, "below 0"), (11, "above 10"), (10**30, "an integer of 100 bits is above 10")):
        with pytest.raises(Invalid, match=reason):
            integer(wrong, "n", 0, 10)


def test_items_are_a_list_of_the_right_length():
    assert items([1, "a"], "pair", 2) == [1, "a"]
    with pytest.raises(Invalid, match="pair must have 2 items, not 3"):
        items([1, 2, 3], "pair", 2)
    with pytest.raises(Invalid, match="pair must be a list, not ndarray"):
        items(np.zeros(2), "pair", 2)


def test_items_may_be_a_few():
    assert items([1], "few", 1, 2) == [1]
    for wrong in ([], [1, 2, 3]):
        with pytest.raises(Invalid, match=f"few must have 1 to 2 items, not {len(wrong)}"):
            items(wrong, "few", 1, 2)


def test_lists_and_arrays_have_a_length():
    assert length([1, 2], "rows", 1, 2) == length(np.zeros((2, 5)), "rows", 1, 2) == 2
    for wrong, reason in (
        ([], "the number of rows = 0 is below 1"),
        (np.zeros(3), "the number of rows = 3 is above 2"),
        (np.array(1.0), "rows must be a list, not a single number"),
        ("ab", "rows must be a list, not str 'ab'"),
        ({}, "rows must be a list, not dict"),
    ):
        with pytest.raises(Invalid, match=reason):
            length(wrong, "rows", 1, 2)


def test_tables_have_the_keys_that_are_known():
    assert table({"a": 1, "c": 2}, "row", ("a",), ("b", "c")) == {"a": 1, "c": 2}
    for wrong, reason in (
        ({"b": 1}, "row lacks 'a'"),
        ({"a": 1, "d": 1}, "row has 'd', which is none of a, b, c"),
        ([("a", 1)], "row must be a dict, not list"),
    ):
        with pytest.raises(Invalid, match=reason):
            table(wrong, "row", ("a",), ("b", "c"))


def test_choices_are_among_the_options():
    assert choice("max", "mode", ("max", "mean")) == "max"
    for wrong in ("min", 1, None, ["max"]):
        with pytest.raises(Invalid, match="mode must be one of max, mean, not"):
            choice(wrong, "mode", ("max", "mean"))


def test_vectors_are_read_from_json():
    assert vector("[0.5, 1]", 2, 0.0, 1.0).tolist() == [0.5, 1.0]
    for wrong, reason in (
        ("[0.5]", "the vector must have 2 items"),
        ("[0.5, 2]", "is above 1.0"),
        ("half", "the vector is no JSON list"),
        (" " * 201, "the vector has 201 characters, more than 200"),
    ):
        with pytest.raises(Invalid, match=reason):
            vector(wrong, 2, 0.0, 1.0)


@pytest.mark.parametrize(
    "value",
    [
        [[0, 1.0, 0.5], [0.25, 0.5, 1]],
        [np.array([0, 1.0, 0.5]), [0.25, 0.5, 1]],
        np.array([[0, 1.0, 0.5], [0.25, 0.5, 1]]),
        np.array([[0, 1.0, 0.5], [0.25, 0.5, 1]], dtype=np.float32),
    ],
)
def test_arrays_come_from_lists_and_arrays(value):
    result = array(value, "a", (2, 3), 0.0, 1.0)
    assert result.dtype == np.float64
    assert result.tolist() == [[0.0, 1.0, 0.5], [0.25, 0.5, 1.0]]


def test_an_empty_array_may_be_asked_for():
    assert array([], "a", (0,), 0.0, 1.0).shape == (0,)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, r"a must be an array of shape \(2, 2\), not None"),
        ([[1.0, 2.0]], "a must have 2 items, not 1"),
        ([[1.0, 2.0], [1.0]], r"a\[1\] must have 2 items, not 1"),
        ([[1.0, True], [1.0, 1.0]], r"a\[0\]\[1\] must be a number, not bool True"),
        (np.zeros(4), r"a must have the shape \(2, 2\), not \(4,\)"),
        (np.zeros((2, 2), dtype=bool), "a must be an array of real numbers, not of bool"),
        (np.zeros((2, 2), dtype=complex), "not of complex128"),
        (np.array([[0.0, np.nan], [0.0, 0.0]]), r"a\[0, 1\] must be finite, not nan"),
        (np.array([[0.0, 0.0], [0.0, 3.0]]), r"a\[1, 1\] = 3.0 is above 2.0"),
        (np.array([[0.0, 0.0], [-1, 3]]), r"a\[1, 0\] = -1.0 is below 0.0"),
    ],
)
def test_what_is_no_such_array_is_refused(value, reason):
    with pytest.raises(Invalid, match=reason):
        array(value, "a", (2, 2), 0.0, 2.0)


def test_a_wider_float_that_overflows_is_not_finite():
    wide = np.array([np.finfo(np.longdouble).max])
    if wide.dtype == np.float64:
        pytest.skip("long double is a double here")
    with pytest.raises(Invalid, match="must be finite"):
        array(wide, "a", (1,))


@settings(max_examples=150, deadline=None)
@given(PLAIN)
def test_no_data_raises_anything_but_invalid(value):
    for gate in (
        lambda: number(value, "x"),
        lambda: integer(value, "x", 0, 9),
        lambda: items(value, "x", 2),
        lambda: array(value, "x", (2,), 0.0, 1.0),
        lambda: array(value, "x", (2, 2)),
        lambda: length(value, "x", 0, 9),
        lambda: table(value, "x", (), ("a",)),
        lambda: choice(value, "x", ("a",)),
    ):
        try:
            result = gate()
        except Invalid as refusal:
            result = refusal.feedback
        known = type(result) in {float, int, list, dict, np.ndarray} or str(result) == "a"
        assert known or str(result).removeprefix("the number of ").startswith("x")
