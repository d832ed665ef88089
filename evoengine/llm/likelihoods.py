"""From the probabilities of tokens to those of the choices that they begin."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast


def read_likelihoods(logprobs: object, choices: Sequence[str]) -> dict[str, float]:
    """Give the probability of each choice by what the endpoint says of one sample's tokens.

    The answer is read up to the token that decides it. At each token, every alternative that was offered
    gives its probability, times that of the tokens before it, to the choice that it leads to: the one that
    begins so, or the longest that is complete by then. Where an alternative that was not taken leads to
    several, they share it equally. What leads to none is left out, and the rest is normalised.

    Parameters
    ----------
    logprobs
        Of one sample, as Chat Completions give them: in ``content`` each token with its text, the natural
        logarithm of its probability and the alternatives. Anything else says nothing.

    Returns
    -------
    dict
        Probabilities that add up to 1, in the order of the choices; empty where the endpoint says nothing
        of them.
    """
    mass = dict.fromkeys(choices, 0.0)
    try:
        _read(mass, cast("Mapping[str, Any]", logprobs)["content"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return {}
    total = math.fsum(mass.values())
    return {choice: value / total for choice, value in mass.items()} if total > 0.0 else {}


def _read(mass: dict[str, float], content: Sequence[Mapping[str, Any]]) -> None:
    written, path = "", 1.0
    for token in content:
        for text, probability in _others(token):
            _give(mass, _meant(mass, written + text), path * probability)
        written += str(token["token"])
        path *= math.exp(float(token["logprob"]))
        meant = _meant(mass, written)
        if written.strip() and len(meant) <= 1:
            _give(mass, meant, path)
            return
    _give(mass, [choice for choice in mass if choice == written.strip()], path)


def _others(token: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Give the alternatives that were not taken."""
    for other in cast("Sequence[Mapping[str, Any]]", token.get("top_logprobs") or ()):
        if other["token"] != token["token"]:
            yield str(other["token"]), math.exp(float(other["logprob"]))


def _give(mass: dict[str, float], choices: Sequence[str], probability: float) -> None:
    for choice in choices:
        mass[choice] += probability / len(choices)


def _meant(choices: Mapping[str, float], text: str) -> list[str]:
    """Give the choices that a beginning may become; all of them are open after blanks alone, which say nothing."""
    text = text.lstrip()
    if not text:
        return []
    begun = [choice for choice in choices if choice.startswith(text)]
    complete = [choice for choice in choices if choice and text.startswith(choice)]
    return begun or sorted(complete, key=len)[-1:]
