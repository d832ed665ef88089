"""Vectors as texts, for the log."""

from base64 import b64decode, b64encode
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def write_vector(vector: Sequence[float]) -> str:
    """Give a vector in single precision as a text."""
    return b64encode(np.asarray(vector, "<f4").tobytes()).decode()


def read_vector(text: str) -> tuple[float, ...]:
    """Undo `write_vector`."""
    return tuple(np.frombuffer(b64decode(text), "<f4").tolist())


def write_array(array: NDArray[np.float64]) -> str:
    """Give an array of one dimension as a text, to the last bit."""
    return b64encode(array.astype("<f8").tobytes()).decode()


def read_array(text: str) -> NDArray[np.float64]:
    """Undo `write_array`; what it gives cannot be written to."""
    return np.frombuffer(b64decode(text), "<f8")
