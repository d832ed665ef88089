"""The best of each cell, drawn."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_run import TOLD, known

from evoengine.errors import ConfigError
from evoengine.problem import Measure
from evoengine.report import draw_heatmap, make_heatmap

SIZE, KIND = Measure("size", 0, 4, bins=4), Measure("kind", categories=("a", "b"))


def test_a_heatmap_keeps_the_best_of_each_cell():
    heatmap = make_heatmap([SIZE, KIND], TOLD)
    assert heatmap.shape == (4, 2)
    assert heatmap.cells == {(2, 0): (2.0, "0-0"), (1, 1): (1.0, "1-0"), (3, 1): (3.0, "3-0")}
    assert heatmap.coverage == 3 / 8
    twice = make_heatmap([SIZE], [TOLD[0], known("9-0", value=2)])
    assert twice.cells[2, 0] == (2.0, "0-0")


def test_axes_are_chosen_by_name():
    assert make_heatmap([SIZE, KIND], TOLD, "kind").y == SIZE
    assert make_heatmap([SIZE, KIND], TOLD, y="size").x == KIND
    assert make_heatmap([SIZE], TOLD).y is None
    with pytest.raises(ConfigError, match="no measure is called 'sice'") as caught:
        make_heatmap([SIZE, KIND], TOLD, "sice")
    assert "size, kind" in caught.value.cure
    with pytest.raises(ConfigError, match="declares no measures"):
        make_heatmap([], TOLD)
    with pytest.raises(ConfigError, match="one measure cannot be both"):
        make_heatmap([SIZE, KIND], TOLD, "size", "size")


def test_a_drawing_says_how_full_and_how_good():
    drawing = draw_heatmap(make_heatmap([SIZE, KIND], TOLD)).splitlines()
    assert drawing[0].split("|")[1] == "   ...   @@@"
    assert drawing[1].split("|")[1] == "      +++   "
    assert drawing[2].split() == ["0", "4"]
    assert drawing[-2:] == ["across: size   up: kind", "3/8 cells (37.5%)   fitness . 1  @ 3"]
    assert "@@@" in draw_heatmap(make_heatmap([SIZE], [TOLD[0]]))
    assert "empty" in draw_heatmap(make_heatmap([SIZE, KIND], []))
    assert "b" in draw_heatmap(make_heatmap([SIZE, KIND], TOLD, "kind"))


@settings(max_examples=40)
@given(
    st.integers(1, 400), st.integers(1, 9), st.integers(20, 120), st.lists(st.integers(0, 399), max_size=30)
)
def test_a_drawing_fits_its_width(columns, rows, width, values):
    measures = [Measure("a", 0, 400, bins=columns), Measure("b", 0, 400, bins=rows)]
    candidates = [known(f"{v}-0", value=v) for v in values]
    for one in candidates:
        one.evaluation.measures.update({"a": one.evaluation.fitness, "b": one.evaluation.fitness})
    drawing = draw_heatmap(make_heatmap(measures, candidates), width=width)
    assert max(map(len, drawing.splitlines())) <= width
    assert len(drawing.splitlines()) == rows + 3
