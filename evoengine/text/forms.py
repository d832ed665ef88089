"""What a program is but for its numbers."""

import re
from hashlib import blake2b

from evoengine.types import Genome

NUMBER = re.compile(r"(?:(?<![\w)\]])-)?(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_BRACKETED = re.compile(r"(?<![\w)\]])\(#\)")


def blanked(text: str) -> str:
    """Give a text with a mark in place of every number, its sign and the brackets that a sign may need."""
    return _BRACKETED.sub("#", NUMBER.sub("#", text))


def form(genome: Genome) -> bytes:
    """Give a digest that genomes share which differ in their numbers alone."""
    digest = blake2b(digest_size=16)
    for name in sorted(genome):
        digest.update(f"{name}\0{blanked(genome[name])}\0".encode())
    return digest.digest()
