"""Which paragraphs of documents a text asks for."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

COUNT = 5
"""So many paragraphs are given at most."""

SATURATION = 1.2
NORMALISATION = 0.75
"""The usual k1 and b of BM25."""

_WORD = re.compile(r"\w+")
_PARTING = re.compile(r"\n\s*\n")


def passages(text: str, documents: Mapping[str, str]) -> Sequence[str]:
    """Give the paragraphs that match a text best, each under the name of its document, the best first.

    Ranked by BM25 with inverse document frequencies over the paragraphs, never negative (Robertson and
    Zaragoza 2009, "The probabilistic relevance framework: BM25 and beyond", section 3.4); of equals the
    earlier in the documents is better. A paragraph without a word of the text is left out.
    """
    found = [
        (name, paragraph.strip())
        for name, document in documents.items()
        for paragraph in _PARTING.split(document)
        if _WORD.search(paragraph)
    ]
    counts = [Counter(_words(paragraph)) for _, paragraph in found]
    mean = sum(count.total() for count in counts) / max(1, len(counts))
    holding = Counter(word for count in counts for word in count)
    rarity = {
        word: math.log(1.0 + (len(found) - holding[word] + 0.5) / (holding[word] + 0.5))
        for word in set(_words(text)) & holding.keys()
    }

    def score(count: Counter[str]) -> float:
        dampening = SATURATION * (1.0 - NORMALISATION + NORMALISATION * count.total() / mean)
        return math.fsum(
            rarity[word] * count[word] * (SATURATION + 1.0) / (count[word] + dampening) for word in rarity
        )

    scores = [score(count) for count in counts]
    ranked = sorted(range(len(found)), key=lambda place: -scores[place])[:COUNT]
    return [f"{found[place][0]}:\n{found[place][1]}" for place in ranked if scores[place] > 0.0]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]
