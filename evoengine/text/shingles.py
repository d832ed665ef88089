"""How alike two genomes are, without a model: hashed token shingles.

Broder 1997, "On the resemblance and containment of documents": the resemblance of two texts is the
Jaccard index of their sets of shingles, runs of `WIDTH` tokens. Sets are compared whole; the texts are too
short for MinHash sketches to pay.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

from evoengine.text.canonical import canonical, genome_digest
from evoengine.types import Genome

WIDTH = 5
"""Tokens in a shingle."""

_TOKEN = re.compile(r"\w+|[^\w\s]")


def shingles(genome: Genome) -> frozenset[bytes]:
    """Give the hashes of a genome's shingles, over the canonical form of each file.

    Comments and spacing of Python programs thus count for nothing. A file of fewer than `WIDTH` tokens
    is one shingle.
    """
    return frozenset(mark for name, text in genome.items() for mark in _of_text(text, name))


def similarity(a: Genome, b: Genome) -> float:
    """Give the resemblance of two genomes, in [0, 1]; 1 if their canonical forms are equal."""
    if genome_digest(a) == genome_digest(b):
        return 1.0
    left, right = shingles(a), shingles(b)
    return len(left & right) / max(1, len(left | right))


def tokens(text: str, name: str) -> list[str]:
    """Give the words and signs of a file's canonical form."""
    return _TOKEN.findall(canonical(text, name))


@lru_cache(maxsize=512)
def _of_text(text: str, name: str) -> frozenset[bytes]:
    words = tokens(text, name)
    runs = range(max(1, len(words) - WIDTH + 1))
    return frozenset(_hash(name, words[start : start + WIDTH]) for start in runs)


def _hash(name: str, run: Sequence[str]) -> bytes:
    return blake2b("\0".join((name, *run)).encode("utf-8", "surrogatepass"), digest_size=8).digest()
