"""Place points so that the smallest of their triangles is large."""

# EVOLVE-BLOCK-START
import math


def place_on_spiral(points):
    """Give the points (x, y) of a spiral, each a fixed angle after the one before."""
    rows = []
    for i in range(points):
        angle = 2.4 * i
        radius = (0.5 + i) ** 0.5
        rows.append((radius * math.cos(angle), radius * math.sin(angle)))
    return rows


# EVOLVE-BLOCK-END


def place(points):
    """Give one row (x, y) a point."""
    return [[x, y] for x, y in place_on_spiral(points)]
