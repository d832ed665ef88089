"""Numbers and tables as people read them."""

import math
import re
from collections.abc import Sequence

from evoengine.noise import interval
from evoengine.types import Evaluation, Usage

UNKNOWN = "unknown"

_NUMERIC = re.compile(r"[-+]?\d[\d.]*(e[-+]?\d+)?[%kMGx]?|-|")


def number(value: float | None, digits: int = 6) -> str:
    """Give a number with so many significant digits, a dash for None."""
    return "-" if value is None else f"{value:.{digits}g}"


def error(evaluation: Evaluation) -> str:
    """Give half of the 95 % confidence interval of a noisy fitness, such as ``± 0.02``; empty for an exact one."""
    found = interval(evaluation)
    return "" if found is None else f"± {number((found[1] - found[0]) / 2, 2)}"


def duration(seconds: float) -> str:
    """Give ``H:MM:SS``, from whole seconds."""
    whole = max(0, int(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def brief(seconds: float) -> str:
    """Give the two largest units: ``1h32m``, ``4m10s``, ``12s``, ``0.84s``."""
    if seconds < 10:
        return f"{seconds:.2g}s"
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600}h{whole // 60 % 60:02}m"
    return f"{whole // 60}m{whole % 60:02}s" if whole >= 60 else f"{whole}s"


def count(value: float) -> str:
    """Give a count of many things: ``2.1M``, ``412k``, ``980``."""
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 10 * size or (size > 1e3 and value >= size):
            return f"{value / size:.3g}{suffix}"
    return f"{value:.0f}"


def percent(part: float, whole: float) -> str:
    """Give a share in whole percents."""
    return f"{100 * part / whole:.0f}%" if whole else "-"


def dollars(usage: Usage, *, priced: bool = False) -> str:
    """Give what was spent on models; calls without a known price are ``unknown``, never free.

    `priced` says that every model's price is known, so that nothing spent is nothing.
    """
    if not usage.calls:
        return "nothing on models"
    known = math.isfinite(usage.dollars) and (priced or usage.dollars > 0)
    return f"${usage.dollars:.2f}" if known else UNKNOWN


def clip(text: str, width: int) -> str:
    """Cut a text to a width, with an ellipsis where something is cut."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None = None) -> str:
    """Lay out rows in columns; a column whose cells are all numbers stands at the right.

    Parameters
    ----------
    width
        Characters a line may have: the last column is cut to it. None cuts nothing.
    """
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    sizes = [max(len(line[i]) for line in [headers, *cells]) for i in range(len(headers))]
    right = [bool(cells) and all(_numeric(row[i]) for row in cells) for i in range(len(headers))]
    lines = [
        "  ".join(
            cell.rjust(size) if at_right else cell.ljust(size)
            for cell, size, at_right in zip(line, sizes, right, strict=True)
        ).rstrip()
        for line in [headers, *cells]
    ]
    return "\n".join(line if width is None else clip(line, width) for line in lines)


def _numeric(cell: str) -> bool:
    return _NUMERIC.fullmatch(cell) is not None
