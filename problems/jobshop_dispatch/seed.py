"""Choose the next operation of a machine in a job shop."""

import numpy as np


# EVOLVE-BLOCK-START
def priority(durations, delays, work, operations, queues):
    """Give each operation a priority: the shortest is the next."""
    return -1.0 * durations - 0.0 * delays + 0.0 * work


# EVOLVE-BLOCK-END
