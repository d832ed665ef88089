"""What asking twice, choosing the pair and learning axes are worth, with simulated judges whose faults are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from evaluators.preferences import preference
from evoengine.archives.likeness import Floats, features, learn
from evoengine.effects import Generated, Question
from evoengine.preferences import Preference
from evoengine.selection import Duels
from evoengine.types import Candidate, Evaluation, Known

SEEDS = 20
WORDS = [f"word{n}" for n in range(20)]


def main() -> None:
    """Print all tables."""
    places()
    duels()
    likeness()


def places() -> None:
    """Compare one order with both, of a judge who is right in so many cases and otherwise says "first"."""
    print("a judge that says `first` when it does not know | wrong, one order | wrong, both orders | ties")
    for knows in (0.5, 0.7, 0.9):
        rng = np.random.default_rng(1)
        wrong = [0, 0, 0]
        for trial in range(2000):
            better_first = trial % 2 == 0
            pair = ("good", "bad") if better_first else ("bad", "good")
            answers = [
                ("first" if (order == 0) == better_first else "second") if rng.random() < knows else "first"
                for order in range(2)
            ]
            found = preference(_Says(answers), *pair)
            wrong[0] += (answers[0] == "first") != better_first
            wrong[1] += found != 0.5 and (found > 0.5) != better_first
            wrong[2] += found == 0.5
        print(f"knows {knows:.0%} | " + " | ".join(f"{count / 2000:.1%}" for count in wrong))


@dataclass(frozen=True, slots=True)
class _Says:
    answers: Sequence[str]

    def __call__(self, questions: Sequence[Question]) -> Sequence[Generated]:
        assert len(questions) == len(self.answers)
        return [Generated((answer,)) for answer in self.answers]


def duels() -> None:
    """Compare pairs that the bandit chooses with random ones: how much worse than the best what it calls best is."""
    print("\nregret of what is called best, in deviations of worth | chosen pairs | random pairs")
    for count in (20, 50, 100):
        regrets = {
            chosen: fmean(_regret(seed, count, chosen=chosen) for seed in range(SEEDS))
            for chosen in (True, False)
        }
        print(f"after {count} preferences of 100 texts | {regrets[True]:.2f} | {regrets[False]:.2f}")


def _regret(seed: int, count: int, *, chosen: bool) -> float:
    rng = np.random.default_rng(seed)
    weights = rng.normal(0.0, 1.0, len(WORDS))
    rows: list[list[int]] = [rng.choice(len(WORDS), 6, replace=False).tolist() for _ in range(100)]
    worth = {str(n): float(weights[row].sum()) for n, row in enumerate(rows)}
    texts = [_known(str(n), " ".join(WORDS[word] for word in row)) for n, row in enumerate(rows)]
    bandit = Duels(1.0)
    for text in texts:
        bandit.add(text)
    for _ in range(count):
        a, b = bandit.pair(texts, rng) if chosen else _two(texts, rng)
        pair = (a.candidate.id, b.candidate.id)
        wins = rng.random() < 1.0 / (1.0 + np.exp(worth[pair[1]] - worth[pair[0]]))
        better, worse = pair if wins else pair[::-1]
        bandit.learn(Preference(better, worse))
    best = worth[bandit.best(texts) or ""]
    return (max(worth.values()) - best) / float(np.std(list(worth.values())))


def _two(texts: Sequence[Known], rng: np.random.Generator) -> Sequence[Known]:
    numbers: list[int] = rng.choice(len(texts), 2, replace=False).tolist()
    return [texts[number] for number in numbers]


def likeness() -> None:
    """Learn what a judge looks at: one word in six tells three kinds apart, and one answer in ten is wrong."""
    print("\nshare of judgments predicted | held out, as the recipe sees it | new ones without errors")
    for count in (20, 50, 100, 200):
        held, new = zip(*(_learnt(seed, count) for seed in range(SEEDS)), strict=True)
        print(f"after {count} judgments | {fmean(held):.0%} | {fmean(new):.0%}")


def _learnt(seed: int, count: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    kinds = rng.integers(3, size=150)
    texts = {
        str(n): features({"t.md": " ".join([f"kind{kind}", *rng.choice(WORDS, 5, replace=False)])})
        for n, kind in enumerate(kinds)
    }
    found = learn(_judgments(rng, kinds, count, 0.1), texts, 2)
    right = [_agrees(found.weights, texts, judgment) for judgment in _judgments(rng, kinds, 300, 0.0)]
    return found.accuracy, fmean(right)


def _judgments(
    rng: np.random.Generator, kinds: NDArray[np.int64], count: int, errors: float
) -> list[Preference]:
    judgments: list[Preference] = []
    while len(judgments) < count:
        drawn: list[int] = rng.choice(len(kinds), 3, replace=False).tolist()
        reference, a, b = drawn
        if (kinds[a] == kinds[reference]) == (kinds[b] == kinds[reference]):
            continue
        nearer = (kinds[a] == kinds[reference]) != (rng.random() < errors)
        better, worse = (a, b) if nearer else (b, a)
        judgments.append(Preference(str(better), str(worse), str(reference)))
    return judgments


def _agrees(weights: Floats, texts: dict[str, Floats], judgment: Preference) -> bool:
    near, far = (
        weights @ (texts[judgment.reference] - texts[name]) for name in (judgment.better, judgment.worse)
    )
    return float(near @ near) < float(far @ far)


def _known(name: str, text: str) -> Known:
    return Known(Candidate(name, {"t.md": text}, name), Evaluation(name, "ok", 0.0))


if __name__ == "__main__":
    main()
