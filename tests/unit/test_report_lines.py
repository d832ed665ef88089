"""The picture of curves."""

import xml.etree.ElementTree as ET

import pytest

from evoengine.report.lines import COLORS, Panel, Series, draw_svg, ticks

NAMESPACE = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("low", "high", "there"),
    [
        (0.0, 500.0, [0, 100, 200, 300, 400, 500]),
        (0.96, 2.2, [1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2]),
        (-3.0, 7.0, [-2, 0, 2, 4, 6]),
        (1e-7, 5e-7, [1e-7, 2e-7, 3e-7, 4e-7, 5e-7]),
    ],
)
def test_ticks_are_round_and_within(low, high, there):
    assert ticks(low, high) == pytest.approx(there)


def picture(names, panels=1):
    series = [
        Series(name, [0.0, 10.0], [1.0, n + 1.0], [1.5, n + 2.0], [2.0, n + 3.0])
        for n, name in enumerate(names)
    ]
    return ET.fromstring(draw_svg("A <title>", [Panel("evaluations", "radius (m)", series)] * panels))


def test_a_picture_has_a_line_a_band_and_a_name_for_each_series():
    root = picture(["first", "a < b"])
    lines = root.findall(f".//{NAMESPACE}polyline")
    assert [line.find(f"{NAMESPACE}title").text for line in lines] == ["first", "a < b"]
    assert len(root.findall(f".//{NAMESPACE}polygon")) == 2
    texts = [text.text for text in root.findall(f".//{NAMESPACE}text")]
    assert {"first", "a < b", "A <title>", "evaluations", "radius (m)"} <= set(texts)
    assert root.attrib["role"] == "img"


def test_the_ends_of_a_line_are_the_ends_of_the_axes():
    (line,) = picture(["only"]).findall(f".//{NAMESPACE}polyline")
    places = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert [place[0] for place in places] == [70.0, 540.0]
    # The band goes from 1 to 3 and the line from 1.5 to 2 between them, upwards.
    assert places[0][1] > places[1][1]


def test_no_two_lines_look_alike():
    root = picture([f"recipe {n}" for n in range(2 * len(COLORS))])
    lines = root.findall(f".//{NAMESPACE}polyline")
    looks = {(line.attrib["stroke"], line.attrib["stroke-dasharray"]) for line in lines}
    assert len(looks) == 2 * len(COLORS)


def test_panels_stand_side_by_side_under_one_legend():
    root = picture(["one"], panels=2)
    assert root.attrib["viewBox"].split()[2] == "1120"
    assert len(root.findall(f".//{NAMESPACE}polyline")) == 2
    assert [t.text for t in root.findall(f"{NAMESPACE}text")] == ["A <title>", "one"]


def test_without_values_or_with_one_value_there_is_still_a_picture():
    assert ET.fromstring(draw_svg("empty", [])).find(f"{NAMESPACE}title").text == "empty"
    assert draw_svg("empty", [Panel("x", "y", [])]).count("<polyline") == 0
    flat = [Series("flat", [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0])]
    assert "nan" not in draw_svg("flat", [Panel("x", "y", flat)])
