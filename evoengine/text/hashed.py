"""Texts as vectors of fixed length, without a model."""

import math
from collections import Counter
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from evoengine.text.shingles import tokens
from evoengine.types import Genome

LONGEST = 3
"""Tokens in the longest run that counts."""


def hashed(genome: Genome, size: int) -> NDArray[np.float64]:
    """Give the runs of 1 to `LONGEST` tokens of a genome as a vector of length 1, shape ``(size,)``.

    The hashing trick with signs (Weinberger et al. 2009, "Feature hashing for large scale multitask
    learning", section 2), of the logarithm of 1 + how often a run occurs. A genome without tokens is 0.
    """
    counts: Counter[bytes] = Counter()
    for name, text in genome.items():
        words = tokens(text, name)
        for width in range(1, LONGEST + 1):
            counts.update(_mark(words[start : start + width]) for start in range(len(words) - width + 1))
    vector = np.zeros(size)
    for mark, count in counts.items():
        vector[int.from_bytes(mark[:4]) % size] += math.log1p(count) * (1 if mark[4] & 1 else -1)
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def _mark(words: list[str]) -> bytes:
    return blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=5).digest()
