"""Vectors as texts, for the log."""

from base64 import b64decode, b64encode
from collections.abc import Sequence

import numpy as np


def write_vector(vector: Sequence[float]) -> str:
    """Give a vector in single precision as a text."""
    return b64encode(np.asarray(vector, "<f4").tobytes()).decode()


def read_vector(text: str) -> tuple[float, ...]:
    """Undo `write_vector`."""
    return tuple(np.frombuffer(b64decode(text), "<f4").tolist())
