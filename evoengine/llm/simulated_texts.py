"""How the simulated model writes poems and instructions, and judges them: by a taste for words that nobody is told.

Nothing of it understands a text. A search has to find out by trying which words please, as it must with a model,
whose taste is no secret only because it is ours.
"""

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from evoengine.rng import derive_seed
from evoengine.text import blocks

NOUNS = (
    "river stone lamp winter orchard gull thread copper harbour button moth kettle lantern meadow anchor violin "
    "cellar glacier sparrow furnace compass ribbon quarry beehive comet ladder marble pepper saddle turbine"
)
ADJECTIVES = (
    "bronze hollow silver brittle crimson drowsy frozen gentle humid snowy jagged lunar mellow nimble dusty pale "
    "rusty salty tangled velvet"
)
VERBS = "carries crosses forgets gathers hides kindles lends mends mirrors outlives remembers sheds swallows tilts wakes"

FORMS: Mapping[str, tuple[str, ...]] = {
    "poem": (
        "The {adjective} {noun} {verb} the {other}.",
        "No {noun} {verb} a {adjective} {other}.",
        "A {adjective} {noun}, and then the {other}.",
    ),
    "instruction": (
        "Compare it with a {adjective} {noun}.",
        "Say what the {noun} {verb}, and why.",
        "Give an example with a {adjective} {noun} and the {other}.",
        "Explain it to somebody who has only this {noun}.",
    ),
}
"""The lines that are written into files of these names, without their suffix."""

AXES = ("mood", "wide world")
"""A question that speaks of one of these is about that axis; two texts are alike where both are."""

GAIN, HALO, CLEAR = 1.5, 0.5, 2.0
"""How much the words weigh in an answer, how much the worth of a text enters into what else is asked about it, and how
much clearer two texts are compared than one is rated."""

NOISE = 0.3
"""The deviation of an answer's log-odds, drawn anew for each rating."""

_WORDS = frozenset(f"{NOUNS} {ADJECTIVES} {VERBS}".split())


def is_judged(prompt: str) -> bool:
    """Say whether a prompt shows texts that are to be judged."""
    return bool(_shown(prompt))


def judge(prompt: str, choices: Sequence[str], rng: np.random.Generator) -> dict[str, float]:
    """Give the probability of each choice; of several grades, the lowest comes first.

    One text is rated: the odds of the upper grade follow from what its words are worth for that question, and
    grades between are binomial. Of two texts the one of more worth is better; or they are equal, if their words
    are. Of three, the one is more like the first that is nearer to it in `AXES`.
    """
    shown = _shown(prompt)
    noise = float(rng.normal(0.0, NOISE))
    if len(shown) == 1:
        asked = prompt.rpartition("```")[2]
        return dict(zip(choices, _grades(_odds(shown[0], asked) + noise, len(choices)), strict=True))
    if len(choices) == 2:
        equal = float(_words(shown[-2]) == _words(shown[-1]))
        return {choices[0]: equal, choices[1]: 1.0 - equal}
    likely = _logistic(
        CLEAR * (_nearer(*shown) if len(shown) == 3 else _worth(shown[0]) - _worth(shown[1])) + noise
    )
    return {choices[0]: likely, choices[1]: 1.0 - likely, **dict.fromkeys(choices[2:], 0.0)}


def line(stem: str, said: str, rng: np.random.Generator) -> str:
    """Give a new line for a file of `FORMS`, with words that stand in what was said of it, if there are any."""
    advised = _words(said) & _WORDS

    def drawn(among: str) -> str:
        words = among.split()
        return str(rng.choice([word for word in words if word in advised] or words))

    form = str(rng.choice(FORMS[stem]))
    return form.format(
        adjective=drawn(ADJECTIVES),
        noun=drawn(NOUNS),
        verb=drawn(VERBS),
        other=str(rng.choice(NOUNS.split())),
    )


def advice(rng: np.random.Generator) -> str:
    """Say what should be in a text."""
    return f"something {rng.choice(ADJECTIVES.split())}, and the {rng.choice(NOUNS.split())}"


def joined(texts: Sequence[str], rng: np.random.Generator) -> str:
    """Give lines of several texts, about as many as one of them has."""
    lines = [x for text in texts for x in text.splitlines() if x.strip() and rng.random() * len(texts) < 1.0]
    return "\n".join(dict.fromkeys(lines)) or texts[0]


def _shown(prompt: str) -> list[str]:
    return [block.text for block in blocks(prompt) if block.info == "text untrusted"]


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


def _odds(text: str, asked: str) -> float:
    topic = next((axis for axis in AXES if axis in asked), " ".join(asked.split()))
    return _liking(text, topic) + HALO * _worth(text)


def _worth(text: str) -> float:
    return _liking(text, "worth")


def _nearer(reference: str, first: str, second: str) -> float:
    """Say how much nearer the first text is than the second."""
    places = [[_liking(text, axis) for axis in AXES] for text in (reference, first, second)]
    return math.dist(places[0], places[2]) - math.dist(places[0], places[1])


def _liking(text: str, topic: str) -> float:
    words = _words(text)
    return GAIN * sum(_taste(word, topic) for word in words) / math.sqrt(len(words) or 1)


@cache
def _taste(word: str, topic: str) -> int:
    """Give 1 for a quarter of words, -1 for a quarter, and else 0, in a way of the topic's own."""
    return (0, 0, 1, -1)[derive_seed(0, "taste", topic, word) % 4]


def _grades(odds: float, count: int) -> list[float]:
    p = _logistic(odds)
    return [math.comb(count - 1, n) * p**n * (1.0 - p) ** (count - 1 - n) for n in range(count)]


def _logistic(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))
