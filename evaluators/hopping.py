"""Basin hopping with a candidate that generates, improves and perturbs, for evaluators that judge a construction."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from evaluators.packing import UnitSquare
from evoengine.evaluation import Invalid, Score, Trial

STRONGEST, WEAKEST = 1.0, 0.01
"""The intensity of the first and of the last perturbation of a descent; in between it falls geometrically."""


@dataclass(frozen=True, slots=True)
class _Held:
    construction: Any
    score: Score
    value: float


class BasinHopping:
    """Runs a candidate from several starts and gives the score of the best that it reaches.

    Kravatskiy, Khrulkov & Oseledets 2026, "ImprovEvolve", arXiv:2602.10233: the candidate need not search, it
    only has to offer three moves, and a fixed driver makes a search of them (basin hopping, Wales and Doye
    1997). ``generate(size, seed)`` gives a construction, ``improve(construction)`` a better one, and
    ``perturb(construction, intensity, seed)`` one that lies apart, the further the greater the
    intensity in (0, 1]. A start is generated and improved; a hop perturbs and improves what is held, and is
    held if it is better. The driver runs here and judges every construction itself; the candidate only sees
    what it gave. Numbers of starts and hops and the schedule are ours.

    Parameters
    ----------
    judge
        Scores a construction, given how it is called in a message. Raises `Invalid`.
    sign
        1 where a higher first objective is better, else -1.
    starts, hops
        How many starts, and hops from each.
    """

    def __init__(self, judge: Callable[[Any, str], Score], sign: float, *, starts: int, hops: int) -> None:
        if starts < 1 or hops < 0:
            raise ValueError(f"there must be a start, and no fewer than 0 hops, not {starts} and {hops}")
        self._judge, self._sign = judge, sign
        self._starts, self._hops = starts, hops

    def run(self, trial: Trial, size: int) -> Score:
        """Give the score of the best construction. Raises `Invalid` for an invalid start; such hops are refused."""
        lines: list[str] = []
        best: _Held | None = None
        for seed in range(self._starts):
            drawn = self._held(trial.call("generate", size, seed), "generate(...)")
            held = self._held(trial.call("improve", drawn.construction), "improve(...)")
            line = f"start {seed}: generated {drawn.value:.6g}, improved to {held.value:.6g}"
            accepted, faults = 0, list[str]()
            for hop, intensity in enumerate(self._intensities()):
                moved = trial.call("perturb", held.construction, intensity, seed * self._hops + hop)
                try:
                    found = self._held(trial.call("improve", moved), "improve(perturb(...))")
                except Invalid as fault:
                    faults.append(fault.feedback)
                    continue
                if self._sign * found.value > self._sign * held.value:
                    held, accepted = found, accepted + 1
            lines.append(f"{line}, then {accepted} of {self._hops} hops led to {held.value:.6g}")
            lines += [f"hops refused: {len(faults)}, the first for: {faults[0]}"] if faults else []
            if best is None or self._sign * held.value > self._sign * best.value:
                best = held
        assert best is not None
        return replace(best.score, feedback="\n".join((*lines, best.score.feedback)))

    def _held(self, construction: Any, what: str) -> _Held:
        score = self._judge(construction, what)
        return _Held(construction, score, next(iter(score.objectives.values())))

    def _intensities(self) -> Iterator[float]:
        ratio = math.log(WEAKEST / STRONGEST) / max(1, self._hops - 1)
        return (STRONGEST * math.exp(hop * ratio) for hop in range(self._hops))


class HoppingUnitSquare(UnitSquare):
    """Scores moves by the packing of circles that basin hopping reaches with them; otherwise as `UnitSquare`.

    Parameters
    ----------
    circles
        The size that ``generate`` is given.
    starts, hops
        As in `BasinHopping`.
    """

    def __init__(self, circles: int = 26, starts: int = 2, hops: int = 20) -> None:
        super().__init__(circles)
        self._hopping = BasinHopping(self.judge, 1.0, starts=starts, hops=hops)

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for a start that is no packing."""
        return self._hopping.run(trial, self.circles)
