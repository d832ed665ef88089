import json
import math
import struct
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from evoengine.sandbox import wire
from evoengine.sandbox.wire import WireError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
ARRAYS = hnp.arrays(
    st.sampled_from(["<f8", "<f4", "<i8", "|i1", "<u2", "|b1", "<c16", ">f8"]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
VALUES = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXT.filter(lambda k: "\0" not in k), inner, max_size=4)
    ),
    max_leaves=12,
)


def same(a, b):
    if isinstance(a, np.ndarray):
        return (
            isinstance(b, np.ndarray)
            and a.shape == b.shape
            and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        )
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_a_value_survives_the_way_there_and_back(value):
    body = wire.encode(value)
    assert same(value, wire.decode(body))
    assert same(value, wire.decode_trusted(body))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_decoding_noise_raises_nothing_else(noise):
    for decode in (wire.decode, wire.unpack):
        try:
            decode(noise)
        except WireError:
            continue


@settings(max_examples=200, deadline=None)
@given(VALUES, st.data())
def test_decoding_a_damaged_value_raises_nothing_else(value, data):
    body = bytearray(wire.encode(value))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] = data.draw(st.integers(0, 255))
    reasons = []
    try:
        wire.decode(bytes(body))
    except WireError as error:
        reasons.append(str(error))
    assert all(reasons)


def general(text: str, raw: bytes = b"") -> bytes:
    encoded = text.encode()
    return struct.pack("<I", len(encoded)) + encoded + raw


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "shorter"),
        (struct.pack("<I", 9) + b"1", "shorter"),
        (general("[1"), "not JSON"),
        (general("1" * 5000), "not JSON"),
        (general('"\\ud800"'), "surrogate"),
        (general('"\\\\\\ud800"'), "surrogate"),
        (general("[" * 65 + "]" * 65), "nested"),
        (general('{"a":' * 65 + "1" + "}" * 65), "nested"),
        (general("[" * 100_000 + "]" * 100_000), "nested"),
        (general("1", b"x"), "more bytes"),
        (general('{"\\u0000array": ["<f8", [1]]}'), "larger"),
        (general('{"\\u0000array": ["<f8", [1]], "a": 1}', b"x" * 8), "malformed"),
        (general('{"\\u0000array": ["|O8", [1]]}', b"x" * 8), "malformed"),
        (general('{"\\u0000array": ["<f8", 1]}', b"x" * 8), "malformed"),
        (general('{"\\u0000array": ["<f8", [-1]]}', b"x" * 8), "impossible"),
        (general('{"\\u0000array": ["<f8", [true]]}', b"x" * 8), "impossible"),
        (general('{"\\u0000array": ["<f8", [1.0]]}', b"x" * 8), "impossible"),
        (general('{"\\u0000array": ["<f8", [0, 281474976710656]]}'), "impossible"),
        (general('{"\\u0000array": ["|u1", ' + str([1] * 33) + "]}", b"x"), "impossible"),
        (general('{"\\u0000array": ["<f8", [0, 281474976710655, 281474976710655]]}'), "array|dimension"),
        (general('{"\\u0000array": ["|b1", [2]]}', b"\1\2"), "neither"),
    ],
)
def test_a_malformed_value_is_refused(body, reason):
    with pytest.raises(WireError, match=reason):
        wire.decode(body)


def test_depth_counts_no_brackets_in_strings():
    value = ["[" * 500, '"[' * 100, "\\[" * 100, [[]] * 100]
    assert wire.decode(wire.encode(value)) == value
    deepest = json.loads("[" * 64 + "]" * 64)
    assert wire.decode(wire.encode(deepest)) == deepest


@pytest.mark.parametrize(
    "text",
    ['"' + '\\"' * 1_000_000, "[" * 65 + '"' + '\\"' * 1_000_000, "[" * 65 + '"\\' * 1_000_000, '"' + "\\" * 2_000_000, "[]," * 700_000,
     "1" * 4_000_000, "0." + "1" * 4_000_000, "1e" + "9" * 4_000_000, "[" * 2_000_000, '{"a":' * 400_000],
    ids=range(10),
)  # fmt: skip
def test_no_text_takes_long_to_refuse(text):
    start = time.perf_counter()
    with pytest.raises(WireError):
        wire.decode(general(text + "!"))
    assert time.perf_counter() - start < 2.0


def test_a_backslash_before_u_is_not_taken_for_a_surrogate():
    assert wire.decode(wire.encode("\\ud800")) == "\\ud800"


def test_numbers_that_are_not_finite_pass():
    nan, high, low = wire.decode(wire.encode([math.nan, math.inf, -math.inf]))
    assert math.isnan(nan)
    assert (high, low) == (math.inf, -math.inf)


def test_numpy_scalars_become_numbers_and_subclasses_arrays():
    class Odd(np.ndarray):
        pass

    value = [np.float32(1.5), np.int8(3), np.bool_(True), np.ones(2).view(Odd)]
    single, small, flag, array = wire.decode(wire.encode(value))
    assert (single, small, flag) == (1.5, 3, True)
    assert type(array) is np.ndarray
    assert array.flags.writeable


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"x", 1j, np.array([object()]), np.array(["x"]), np.zeros(2, "i4,f4"), {(1, 2): 3}, "\ud800",
     np.array(["2020"], "M8[D]"), np.array([1.0], "g")],
)  # fmt: skip
def test_what_is_no_plain_data_is_not_encoded(value):
    with pytest.raises(WireError):
        wire.encode(value)


def test_a_recursive_value_is_not_encoded():
    value = []
    value.append(value)
    with pytest.raises(WireError):
        wire.encode(value)


PACKABLE = st.lists(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | hnp.arrays("<f8", st.integers(0, 5), elements=st.floats(allow_nan=False)),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(PACKABLE)
def test_packed_values_survive(values):
    packed = wire.pack(values)
    assert packed is not None
    assert same(values, list(wire.unpack(packed)))


@pytest.mark.parametrize(
    "values",
    [[2**63], ["x"], [None], [[1]], [np.ones((2, 2))], [1.0] * 65, [np.ones(2), 2**63], [np.ones(1), "x"]],
)
def test_what_cannot_be_packed_is_left_to_the_general_way(values):
    assert wire.pack(values) is None


def test_numpy_scalars_are_packed_as_numbers():
    assert list(wire.unpack(wire.pack([np.float64(1.5), np.int64(3), np.bool_(False)]) or b"")) == [
        1.5,
        3,
        False,
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"\1", b"\1d", b"\1x" + b"0" * 8, b"\2dd" + b"0" * 8, b"\1d" + b"0" * 9, b"\1Q" + b"\xff" * 8,
     b"\1Q" + struct.pack("<Q", 1), b"\1Q" + struct.pack("<Q", 1) + b"0" * 9, b"\xff" + b"d" * 20],
)  # fmt: skip
def test_a_malformed_packed_value_is_refused(body):
    with pytest.raises(WireError):
        wire.unpack(body)


def test_the_arrays_of_a_large_answer_are_views_of_what_was_received():
    given = [
        np.arange(3, dtype="i1"),
        np.arange(4.0),
        np.ones((2, 2), "c16"),
        np.zeros((0, 2)),
        np.array(1.5),
    ]
    body = bytearray(wire.encode({"ä": given}))
    found = wire.decode(body)["ä"]
    assert all(np.array_equal(a, b) for a, b in zip(given, found, strict=True))
    for array in found:
        assert array.flags.writeable
        assert array.flags.aligned
        if array.size:
            assert np.shares_memory(array, np.frombuffer(body, "u1"))


def test_a_message_is_the_frame_of_a_value():
    value = [1, "a", np.asfortranarray(np.arange(6.0).reshape(2, 3))[:, ::-1]]
    assert wire.message(wire.CALL, value) == wire.frame(wire.CALL, wire.encode(value))
    assert np.array_equal(wire.decode(wire.encode(value))[2], value[2])
