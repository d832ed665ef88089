"""Place points so that the largest distance is not much more than the smallest."""

# EVOLVE-BLOCK-START
import math

RINGS = [(1, 0.0, 0.0), (5, 0.5, 0.0), (10, 1.0, 0.1)]
"""How many points a ring has, its radius, and the angle of its first point."""


def place_on_rings(points):
    """Give the points (x, y) of all rings."""
    rows = []
    for count, radius, turn in RINGS:
        for i in range(count):
            angle = turn + 2.0 * math.pi * i / count
            rows.append((radius * math.cos(angle), radius * math.sin(angle)))
    return rows[:points]


# EVOLVE-BLOCK-END


def place(points):
    """Give one row (x, y) a point."""
    return [[x, y] for x, y in place_on_rings(points)]
