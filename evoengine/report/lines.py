"""Curves with bands as a picture of their own: SVG without a library, a script or a font to fetch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999")
"""Okabe and Ito 2008, "Color universal design", in an order that separates the first ones best."""

DASHES = ("", "7 3", "2 3", "9 3 2 3")
"""So that no line is told from another by its colour alone."""

WIDTH, HEIGHT = 560, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 46, 48
_TICKS = 5
_ACROSS = 3
_FONT = 'font-family="system-ui, sans-serif" font-size="12" fill="#222"'


@dataclass(frozen=True, slots=True)
class Series:
    """A line with a band: `x` ascending, and at each the band's lower edge, the line and its upper edge."""

    name: str
    x: Sequence[float]
    low: Sequence[float]
    middle: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes with what is drawn in them."""

    x: str
    y: str
    series: Sequence[Series]


def draw_svg(title: str, panels: Sequence[Panel]) -> str:
    """Give an SVG of panels side by side under one title, with one legend, that of the first."""
    names = [series.name for series in panels[0].series] if panels else []
    wide, tall = WIDTH * max(1, len(panels)), HEIGHT + 20 * math.ceil(len(names) / _ACROSS) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" role="img" {_FONT}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{wide}" height="{tall}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="24" font-size="14">{escape(title)}</text>',
    ]
    for n, panel in enumerate(panels):
        parts += [f'<g transform="translate({n * WIDTH} 0)">', *_draw(panel), "</g>"]
    for n, name in enumerate(names):
        x, y = _LEFT + 160 * (n % _ACROSS), HEIGHT + 10 + 20 * (n // _ACROSS)
        parts += [
            f'<path d="M{x} {y - 4}h26" {_stroke(n)}/>',
            f'<text x="{x + 32}" y="{y}">{escape(name)}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def ticks(low: float, high: float) -> list[float]:
    """Give about five round numbers from `low` to `high`, both of which lie within them or between them."""
    raw = (high - low) / _TICKS
    size = 10.0 ** math.floor(math.log10(raw))
    step = size * min((1, 2, 5, 10), key=lambda factor: abs(size * factor - raw))
    return [step * n for n in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _draw(panel: Panel) -> list[str]:
    xs = [x for series in panel.series for x in series.x]
    ys = [y for series in panel.series for y in (*series.low, *series.high)]
    across, up = _Scale(xs, _LEFT, WIDTH - _RIGHT), _Scale(ys, HEIGHT - _BOTTOM, _TOP)
    parts = [
        f'<path d="M{_LEFT} {_TOP}V{HEIGHT - _BOTTOM}H{WIDTH - _RIGHT}" fill="none" stroke="#222"/>',
        f'<text x="{(WIDTH + _LEFT - _RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{escape(panel.x)}</text>',
        f'<text transform="rotate(-90)" x="{-HEIGHT / 2}" y="14" text-anchor="middle">{escape(panel.y)}</text>',
    ]
    parts += [
        f'<text x="{across(x):.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="middle">{x:.6g}</text>'
        for x in ticks(across.low, across.high)
    ]
    for y in ticks(up.low, up.high):
        parts += [
            f'<path d="M{_LEFT} {up(y):.1f}H{WIDTH - _RIGHT}" stroke="#ddd"/>',
            f'<text x="{_LEFT - 6}" y="{up(y) + 4:.1f}" text-anchor="end">{y:.6g}</text>',
        ]
    for n, series in enumerate(panel.series):
        there = _points(series.x, series.high, across, up)
        back = _points(series.x[::-1], series.low[::-1], across, up)
        parts.append(f'<polygon points="{there} {back}" fill="{COLORS[n % len(COLORS)]}" opacity="0.15"/>')
    for n, series in enumerate(panel.series):
        parts.append(
            f'<polyline points="{_points(series.x, series.middle, across, up)}" {_stroke(n)}>'
            f"<title>{escape(series.name)}</title></polyline>"
        )
    return parts


class _Scale:
    """From values to places: the least at `start`, the greatest at `end`."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low, self.high = min(values, default=0.0), max(values, default=1.0)
        if self.low == self.high:
            margin = abs(self.low) / 10.0 or 1.0
            self.low, self.high = self.low - margin, self.high + margin
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        return self._start + (value - self.low) / (self.high - self.low) * (self._end - self._start)


def _points(x: Sequence[float], y: Sequence[float], across: _Scale, up: _Scale) -> str:
    return " ".join(f"{across(a):.1f},{up(b):.1f}" for a, b in zip(x, y, strict=True))


def _stroke(n: int) -> str:
    dash = DASHES[(n + n // len(COLORS)) % len(DASHES)]
    return f'fill="none" stroke="{COLORS[n % len(COLORS)]}" stroke-width="2" stroke-dasharray="{dash}"'
