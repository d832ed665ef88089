import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.sandbox import columns
from evoengine.sandbox.wire import WireError

FLOATS = st.floats(allow_nan=False)
INTS = st.integers(-(2**63), 2**63 - 1)


def column(size):
    """One column of `size` entries, of each kind that is packed."""
    kinds = [FLOATS, INTS, st.booleans()]
    lists = st.one_of(*(st.lists(kind, min_size=size, max_size=size) for kind in kinds))
    return lists | lists.map(np.array)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 5).flatmap(lambda size: st.lists(column(size), min_size=1, max_size=4)))
def test_packed_columns_survive(given_columns):
    assert columns.pack(given_columns) is not None
    back = columns.decode(columns.encode(given_columns))
    assert back == [np.asarray(given).tolist() for given in given_columns]
    assert [type(entry) for entry in back[0]] == [
        type(entry) for entry in np.asarray(given_columns[0]).tolist()
    ]


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 5).flatmap(column))
def test_a_packed_answer_comes_back_as_an_array(values):
    found = columns.unpack(columns.pack([values]) or b"")
    assert found.dtype.str == np.asarray(values).dtype.str
    assert found.tolist() == np.asarray(values).tolist()


@pytest.mark.parametrize(
    "unpackable",
    [
        [1, 2.5],
        ["a", "b"],
        [2**63, 1],
        [None, None],
        np.ones((2, 2)),
        np.ones(2, "f4"),
        [np.ones(2), np.ones(2)],
    ],
    ids=str,
)
def test_what_cannot_be_packed_goes_the_general_way(unpackable):
    assert columns.pack([unpackable]) is None
    [back] = columns.decode(columns.encode([unpackable]))
    assert all(np.array_equal(a, b) for a, b in zip(back, unpackable, strict=True))


def test_numpy_scalars_are_packed_as_numbers():
    for value in (np.float64(1.5), np.int64(3), np.bool_(True)):
        assert columns.unpack(columns.pack([[value, value]]) or b"").tolist() == [value.item()] * 2


def test_values_of_one_shape_become_one_array():
    assert columns.values([np.ones(2), np.zeros(2)]).tolist() == [[1.0, 1.0], [0.0, 0.0]]
    ragged = [np.ones(2), np.zeros(3)]
    assert columns.values(ragged) is ragged
    assert columns.values([1, "a"]) == [1, "a"]


@pytest.mark.parametrize(
    "body", [b"", b"\1\0\0\0", b"\1\0\0\0\1", b"\1\0\0\0\1x" + b"0" * 8, b"\1\0\0\0\1d" + b"0" * 9,
             b"\1\0\0\0\2dd" + b"0" * 16, b"\0\0\0\0\0", b"\xff\xff\xff\xff\1d" + b"0" * 8]
)  # fmt: skip
def test_a_malformed_answer_is_refused(body):
    with pytest.raises(WireError):
        columns.unpack(body)


def test_columns_of_unequal_length_are_refused():
    for unequal in ([[1], [1, 2]], []):
        with pytest.raises(WireError, match="one length"):
            columns.encode(unequal)
