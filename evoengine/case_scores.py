"""Scores on many cases, as the log keeps them: their names once for all candidates, the numbers as one array."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from evoengine.rng import digest_text
from evoengine.vectors import read_array, write_array

INLINE = 100
"""Scores on more cases lie beside the body of an event, since whoever reads any of a body reads all of it."""


class _Names:
    """Names in order, and the place of each."""

    __slots__ = ("__weakref__", "ordered", "places")

    def __init__(self, text: str) -> None:
        self.ordered: tuple[str, ...] = tuple(json.loads(text))
        self.places = {name: place for place, name in enumerate(self.ordered)}


_SHARED: WeakValueDictionary[str, _Names] = WeakValueDictionary()
"""The names in use, by the digest of their text."""


class _Content(NamedTuple):
    names: _Names
    scores: NDArray[np.float64]


class _Source(NamedTuple):
    names: str
    scores: str
    fetch: Callable[[str], str]

    def read(self) -> _Content:
        names = _SHARED.get(self.names)
        if names is None:
            names = _SHARED[self.names] = _Names(self.fetch(self.names))
        return _Content(names, read_array(self.fetch(self.scores)))


class CaseScores(Mapping[str, float]):
    """Scores by case name, fetched when they are first read.

    A view that shows no scores therefore reads none, and candidates that were scored on the same cases share
    the names.

    Parameters
    ----------
    names, scores
        The digests of the two texts that `encode_cases` makes.
    fetch
        Gives a text by digest.
    """

    __slots__ = ("_content",)

    def __init__(self, names: str, scores: str, fetch: Callable[[str], str]) -> None:
        self._content: _Source | _Content = _Source(names, scores, fetch)

    @property
    def names(self) -> tuple[str, ...]:
        """The cases in order."""
        return self._read().names.ordered

    @property
    def array(self) -> NDArray[np.float64]:
        """The scores in the order of `names`, shape ``(cases,)``; not to be written to."""
        return self._read().scores

    def __getitem__(self, name: str) -> float:
        content = self._read()
        return content.scores.item(content.names.places[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def _read(self) -> _Content:
        content = self._content
        if isinstance(content, _Source):
            # The source is let go: what it fetches from may hold texts several times as large.
            content = self._content = content.read()
        return content


def encode_cases(cases: Mapping[str, float], texts: dict[str, str]) -> dict[str, float] | list[str]:
    """Give few scores as they are, and of more than `INLINE` the digests of two texts, which go into `texts`."""
    if len(cases) <= INLINE:
        return dict(cases)
    parts = json.dumps(list(cases)), write_array(array_of(cases))
    digests = [digest_text(part) for part in parts]
    texts.update(zip(digests, parts, strict=True))
    return digests


def decode_cases(
    body: Mapping[str, float] | Sequence[str], fetch: Callable[[str], str]
) -> Mapping[str, float]:
    """Undo `encode_cases`; `fetch` gives a text by digest when the scores are first read."""
    if isinstance(body, Mapping):
        return body
    names, scores = body
    return CaseScores(names, scores, fetch)


def array_of(scores: Mapping[str, float]) -> NDArray[np.float64]:
    """Give numbers by name in their own order, shape ``(len(scores),)``; not to be written to."""
    if isinstance(scores, CaseScores):
        return scores.array
    return np.fromiter(scores.values(), np.float64, len(scores))
