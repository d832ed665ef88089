"""Choose the vectors of a cap set."""

# EVOLVE-BLOCK-START
BY_ZEROS = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
"""What a vector gains by the number of its zeros."""

BY_ONES = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
"""What it gains by the number of its ones."""


def priority(element, n):
    """Give a vector its priority: at first all are equal."""
    return BY_ZEROS[element.count(0)] + BY_ONES[element.count(1)]


# EVOLVE-BLOCK-END
