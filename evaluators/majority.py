"""Scores without labels: the majority answer selects, novelty varies."""

from collections import Counter
from collections.abc import Sequence

from evoengine.text.shingles import similarity

MIXED = 0.5
"""How much the mean resemblance counts in novelty, the rest being the greatest one."""


def majority(answers: Sequence[str | None]) -> str | None:
    """Give the most frequent answer, of equals the earliest; None where nothing was answered."""
    counts = Counter(answer for answer in answers if answer is not None)
    return max(counts, key=lambda answer: counts[answer]) if counts else None


def rewards(answers: Sequence[str | None], reasons: Sequence[str]) -> list[float]:
    """Score sampled answers by agreement with the majority, and within each side by novelty of the reasoning.

    Zhou et al. 2025, "Evolving language models without labels", section 3 (EVOL-RL; recalled, not
    re-checked): answers of the majority score in [0.5, 1], others in [-1, -0.5], one that is missing
    -1, so that no novelty outweighs agreement. Novelty is 1 minus the mean and the greatest resemblance to
    the other reasons of the same side, half each, scaled to [0, 1] over the side. Resemblance is by token shingles
    here, by embeddings in the paper.
    """
    chosen = majority(answers)
    scores = [-1.0] * len(answers)
    for agreeing, base in ((True, 0.5), (False, -1.0)):
        side = [
            place
            for place, answer in enumerate(answers)
            if answer is not None and (answer == chosen) == agreeing
        ]
        for place, novelty in zip(
            side, _scaled([_novelty(place, side, reasons) for place in side]), strict=True
        ):
            scores[place] = base + novelty / 2.0
    return scores


def _novelty(place: int, side: Sequence[int], reasons: Sequence[str]) -> float:
    alike = [similarity({"": reasons[place]}, {"": reasons[other]}) for other in side if other != place]
    if not alike:
        return 1.0
    return 1.0 - MIXED * sum(alike) / len(alike) - (1.0 - MIXED) * max(alike)


def _scaled(values: Sequence[float]) -> list[float]:
    low, high = min(values, default=0.0), max(values, default=0.0)
    return [(v - low) / (high - low) if high > low else 1.0 for v in values]
