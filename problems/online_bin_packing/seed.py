"""Choose bins for items that arrive one by one."""

import numpy as np


# EVOLVE-BLOCK-START
def priority(item, bins):
    """Give each bin a priority: best fit prefers the bin that is left with the least room."""
    return -(bins - item)


# EVOLVE-BLOCK-END
