"""Heights of a step function of which the autoconvolution is flat."""

# EVOLVE-BLOCK-START
HEIGHTS = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]


def heights():
    """Give the height on each step."""
    return [max(height, 0.0) for height in HEIGHTS]


# EVOLVE-BLOCK-END
