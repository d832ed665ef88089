"""Preferences between two texts: by a judge who sees both orders, and the principles that explain them."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.judges import Ask, Judge, ask_one, likelihoods, question, side_by_side
from evoengine.effects import Generate, Message, Question
from evoengine.text.shingles import similarity

FIRST, SECOND, TIE = "first", "second", "tie"
BETTER = "Which of the two is better?"

ALIKE = 0.5
"""Principles of a greater resemblance, by token shingles, are taken for one."""


def preference(
    ask: Ask,
    first: str,
    second: str,
    *,
    criterion: str = BETTER,
    context: str = "",
    judge: Judge = Judge(),  # noqa: B008 - frozen
    sample: int = 0,
) -> float:
    """Give the probability that the first of two texts is preferred, in [0, 1]; 0.5 is a tie.

    The judge is asked twice, with the texts swapped the second time, and the mean of both is given: what
    was said of the place rather than of the text cancels out (Zheng et al. 2023, "Judging LLM-as-a-judge",
    section 3.4, "swapping positions"). A reply that cannot be read counts as a tie.
    """
    orders = ({FIRST: first, SECOND: second}, {FIRST: second, SECOND: first})
    prompts = [
        ask_one(f"{context}\n\n{side_by_side(order)}".strip(), criterion, (FIRST, SECOND, TIE))
        for order in orders
    ]
    answers = (FIRST, SECOND, TIE)
    forward, backward = (
        likelihoods(reply, answers) or [0.0, 0.0, 1.0]
        for reply in ask([question(judge, prompt, answers, sample) for prompt in prompts])
    )
    return (forward[0] + forward[2] / 2.0 + backward[1] + backward[2] / 2.0) / 2.0


@dataclass(frozen=True, slots=True)
class Principle:
    """A rule that explains some preferences: on how many pairs it decides as they do, and against them."""

    text: str
    supports: int
    contradicts: int


def principles(
    ask: Ask,
    pairs: Sequence[tuple[str, str]],
    *,
    most: int = 5,
    judge: Judge = Judge(),  # noqa: B008 - frozen
) -> list[Principle]:
    """Induce the principles by which the first of each pair was preferred to the second, the best first.

    Findeis et al. 2024, "Inverse Constitutional AI", section 3 (recalled, not re-checked): a principle is
    proposed for each pair; those that are nearly equal in words are merged (the paper clusters embeddings);
    each is tested by asking, pair by pair and blind to the preference, which text it favours; and those stay
    that decide more often as the preferences do than against them. Of equals the earlier comes first.
    """
    found: list[str] = []
    for reply in ask([_propose(judge, *pair) for pair in pairs]):
        text = reply.texts[0].strip() if reply.texts else ""
        if text and all(similarity({"": text}, {"": other}) <= ALIKE for other in found):
            found.append(text)
    tested = [_tested(ask, text, pairs, judge) for text in found]
    kept = [principle for principle in tested if principle.supports > principle.contradicts]
    return sorted(kept, key=lambda principle: principle.contradicts - principle.supports)[:most]


def _propose(judge: Judge, preferred: str, other: str) -> Question:
    asked = (
        f"{side_by_side({'Preferred': preferred, 'Not preferred': other})}\n\n"
        "Someone preferred the first of these two texts. Say in one sentence by which general principle: "
        '"Prefer the text that ...". It must make sense for other texts as well.'
    )
    request = Generate(
        (Message("user", asked),), temperature=judge.temperature, role=judge.role, model=judge.model
    )
    return Question(request)


def _tested(ask: Ask, text: str, pairs: Sequence[tuple[str, str]], judge: Judge) -> Principle:
    """Count the pairs that a principle decides; every other one is shown in reverse, so that place says nothing."""
    answers = (FIRST, SECOND, TIE)
    questions: list[Question] = []
    for number, (preferred, other) in enumerate(pairs):
        shown = {FIRST: other, SECOND: preferred} if number % 2 else {FIRST: preferred, SECOND: other}
        asked = f"Which of the two texts does this principle favour: {text}"
        questions.append(question(judge, ask_one(side_by_side(shown), asked, answers), answers, 0))
    supports = contradicts = 0
    for number, reply in enumerate(ask(questions)):
        shares = likelihoods(reply, answers) or [0.0, 0.0, 1.0]
        right, wrong = (shares[1], shares[0]) if number % 2 else (shares[0], shares[1])
        supports += right > max(wrong, shares[2])
        contradicts += wrong > max(right, shares[2])
    return Principle(text, supports, contradicts)
