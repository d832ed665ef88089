import math
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.config.toml import flatten, merge_tables, nest, parse_value, read_toml, write_toml
from evoengine.errors import ConfigError

scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8")),
)
values = st.recursive(
    st.one_of(scalars, st.lists(scalars, max_size=4)),
    lambda inner: st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150)
@given(st.dictionaries(st.text(st.characters(codec="utf-8")), values, max_size=5))
def test_what_is_written_is_read_back(table):
    assert tomllib.loads(write_toml(table)) == table


def test_none_is_left_out_and_tables_follow_the_plain_values():
    text = write_toml({"b": {"x": 1, "deep": {"y": [1.5]}}, "a": True, "n": None})
    assert text == "a = true\n\n[b]\nx = 1\n\n[b.deep]\ny = [1.5]\n"


def test_a_list_may_hold_tables():
    assert tomllib.loads(write_toml({"a": [{"x": 1}, {"y y": "z"}]})) == {"a": [{"x": 1}, {"y y": "z"}]}


def test_nan_is_written():
    assert math.isnan(tomllib.loads(write_toml({"a": math.nan}))["a"])


def test_a_value_without_toml_is_refused():
    with pytest.raises(TypeError, match="no TOML for a object"):
        write_toml({"a": object()})


def test_a_syntax_error_names_file_and_line(tmp_path):
    path = tmp_path / "problem.toml"
    path.write_text('name = "x"\nstatement = hello\n')
    with pytest.raises(ConfigError, match=r"problem\.toml: not valid TOML: .*line 2") as caught:
        read_toml(path)
    assert "quotes" in caught.value.cure


def test_what_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"gone\.toml: no such file"):
        read_toml(tmp_path / "gone.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_toml(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_toml(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("1.5", 1.5),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ('"3"', "3"),
        ("islands", "islands"),
        ("", ""),
    ],
)
def test_values_are_toml_or_text(text, value):
    assert parse_value(text) == value


def test_tables_merge_and_flatten():
    merged = merge_tables({"a": {"x": 1, "y": 2}, "b": 1}, {"a": {"y": 3}, "b": {"z": 4}})
    assert merged == {"a": {"x": 1, "y": 3}, "b": {"z": 4}}
    assert flatten(merged) == {"a.x": 1, "a.y": 3, "b.z": 4}
    assert nest("a.b.c", 1) == {"a": {"b": {"c": 1}}}
