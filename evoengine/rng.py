"""Addressed randomness and content digests.

Nothing here keeps state: a stream is a function of its address, so no generator is ever saved.
"""

import hashlib
from collections.abc import Mapping

import numpy as np

DIGEST_BYTES = 16


def stream(seed: int, proposal: int, purpose: str) -> np.random.Generator:
    """Give the random stream at an address.

    Parameters
    ----------
    seed
        The run's seed, any integer.
    proposal
        The proposal's number, >= -1 (-1: the run itself).
    purpose
        What the numbers are for ("ask", "vary", ...); two purposes never share numbers.

    Returns
    -------
    numpy.random.Generator
        A Philox generator (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"),
        whose 128-bit key is a digest of the address.
    """
    key = hashlib.blake2b(f"{seed}/{proposal}/{purpose}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=np.frombuffer(key, np.uint64)))


def digest_text(text: str) -> str:
    """Give the hexadecimal digest of one text, 32 digits. Lone surrogates are allowed."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).hexdigest()


def digest_texts(texts: Mapping[str, str]) -> str:
    """Give the hexadecimal digest of named texts, 32 digits, whatever the order of the names."""
    state = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for name in sorted(texts):
        for part in (name, texts[name]):
            data = part.encode("utf-8", "surrogatepass")
            state.update(len(data).to_bytes(8, "little"))
            state.update(data)
    return state.hexdigest()


def derive_seed(seed: int, *address: str | int) -> int:
    """Give a 63-bit integer that depends on a seed and an address, for code that wants a plain seed."""
    text = "/".join(str(part) for part in (seed, *address))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1
