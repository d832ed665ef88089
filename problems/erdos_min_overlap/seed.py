"""Heights of a step function with values from 0 to 1 on [-1, 1]."""

# EVOLVE-BLOCK-START
HALF = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95]
"""The heights from -1 to 0; those from 0 to 1 are the same, mirrored."""


def heights():
    """Give the height on each step."""
    return [min(max(height, 0.0), 1.0) for height in HALF + HALF[::-1]]


# EVOLVE-BLOCK-END
