"""From what a task model wrote to a score in [0, 1], higher is better."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TypeAlias

from evoengine.errors import ConfigError

Extraction: TypeAlias = Callable[[str], str | None]
"""Finds the answer in a reply; None where there is none in the form that was asked for."""

Metric: TypeAlias = Callable[[str, str], float]
"""Scores an answer, given first, against the right one."""

_Z95 = 1.959964
_NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?", re.IGNORECASE)


def extraction(form: str) -> Extraction:
    """Give an extraction by its name.

    Parameters
    ----------
    form
        ``marker:WORD``: what follows WORD on the last line that begins with it; ``regex:PATTERN``: the first
        group (or all) of the last match; ``json:KEY``: that key of the last JSON object; ``text``: all of it.

    Raises
    ------
    ConfigError
        It is none of these, or the pattern is no regular expression.
    """
    kind, _, rest = form.partition(":")
    if kind == "marker" and rest:
        pattern = rf"^{re.escape(rest)}[ \t]*(.*?)[ \t]*$"
    elif kind == "regex" and rest:
        pattern = rest
    elif kind == "json" and rest:
        return lambda reply: _json(reply, rest)
    elif form == "text":
        return lambda reply: reply.strip() or None
    else:
        raise ConfigError(
            f"args.answer = {form!r} is no form of an answer",
            cure="write marker:WORD, regex:PATTERN, json:KEY or text",
        )
    try:
        compiled = re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise ConfigError(f"args.answer = {form!r}: {error}", cure="correct the pattern") from None
    return lambda reply: _last(compiled, reply)


def exact(said: str, right: str) -> float:
    """Compare without case, and with white space as one blank."""
    return float(_plain(said) == _plain(right))


def numeric(said: str, right: str) -> float:
    """Compare as numbers, to one part in a million; commas group digits. The answer must be a number and no more."""
    found, wanted = _number(said), _number(right)
    return float(found is not None and wanted is not None and math.isclose(found, wanted, rel_tol=1e-6))


def contains(said: str, right: str) -> float:
    """Say whether the right answer stands somewhere in what was said, as whole words."""
    return float(re.search(rf"(?<!\w){re.escape(_plain(right))}(?!\w)", _plain(said)) is not None)


def f1(said: str, right: str) -> float:
    """Give the harmonic mean of precision and recall over words.

    Rajpurkar et al. 2016, "SQuAD: 100,000+ questions for machine comprehension of text", section 6.1, without
    dropping articles.
    """
    found, wanted = (Counter(re.findall(r"\w+", text.casefold())) for text in (said, right))
    common = sum((found & wanted).values())
    return 2.0 * common / (sum(found.values()) + sum(wanted.values())) if common else 0.0


METRICS: Mapping[str, Metric] = {
    "exact": exact,
    "numeric": numeric,
    "contains": contains,
    "f1": f1,
    "choice": exact,
}
"""By the name that ``args.metric`` takes. ``choice`` is the likelihood of the right choice where the model says it."""


def wilson(right: float, count: int) -> tuple[float, float]:
    """Give the 95 % interval of an accuracy by Wilson's score.

    Wilson 1927, "Probable inference, the law of succession, and statistical inference"; equal to `scipy.stats.binomtest`'s.

    Parameters
    ----------
    right
        How many of `count` (1 or more) are right; partial credit adds up.
    """
    share, z = right / count, _Z95**2 / count
    middle, half = share + z / 2.0, math.sqrt(z * (share * (1.0 - share) + z / 4.0))
    return max(0.0, (middle - half) / (1.0 + z)), min(1.0, (middle + half) / (1.0 + z))


def _last(pattern: re.Pattern[str], reply: str) -> str | None:
    found = list(pattern.finditer(reply))
    if not found:
        return None
    text = found[-1][1] if pattern.groups else found[-1][0]
    return (text or "").strip() or None


def _json(reply: str, key: str) -> str | None:
    decoder, found = json.JSONDecoder(), None
    for match in re.finditer(r"\{", reply):
        try:
            value, _ = decoder.raw_decode(reply, match.start())
        except ValueError:
            continue
        found = value.get(key, found)
    return None if found is None else found if isinstance(found, str) else json.dumps(found)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _number(text: str) -> float | None:
    return float(text.strip().replace(",", "")) if _NUMBER.fullmatch(text.strip()) else None
