"""Instructions for a model: answered by one model, rated with the answer by another."""

import re

from evaluators.judged_text import gated
from evaluators.judges import Aspect, Panel
from evoengine.evaluation import Invalid, Score, Trial

GOOD = Aspect.checklist(
    "good",
    "The first part of the text is an instruction, the second a response. Is the instruction clear, and complete without anything that is not given?",
    "The first part of the text is an instruction, the second a response. Does the response do what the instruction asks for?",
)
DIFFICULT = Aspect.rubric(
    "difficulty",
    "The first part of the text is an instruction. How much knowledge and how many steps of reasoning does it take, from 1 (none) to 5 (an expert's)?",
)

SHORT = 80
"""A response with fewer words that says sorry is a refusal."""

_LEFT_OVER = re.compile(
    r"\b(given|rewritten|new|created)[ _](prompt|instruction)s?\b|#+ *(given|rewritten|created)",
    re.IGNORECASE,
)
_STOP_WORDS = frozenset(("a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "i", "in", "is", "it", "no",
                         "not", "of", "ok", "on", "or", "so", "that", "the", "this", "to", "yes", "you"))  # fmt: skip


class Instructions:
    """Scores one instruction of a data set; the archive of a run is the data set.

    A model of the role ``task`` answers the instruction. Instructions that fail are eliminated as in Xu et al.
    2023, "WizardLM", section 3.2 ("elimination evolving"): the response refuses (it says sorry, in fewer
    than 80 words) or holds nothing but punctuation and stop words, or the instruction has words of the
    prompt that evolved it. A judge then rates both. With good and difficulty in [0, 1]::

        fitness = good * (1 + difficulty) / 2

    so that the harder of two equally good instructions is fitter. Difficulty is the measure; the response is
    kept as an artifact, for the data set.

    Parameters
    ----------
    words
        The most that an instruction may have.
    ratings
        How often the judge is asked each question.
    """

    def __init__(self, words: int = 200, ratings: int = 1) -> None:
        self.panel = Panel((GOOD, DIFFICULT), ratings=ratings)
        self.words = words

    def evaluate(self, trial: Trial) -> Score:
        """Have the instruction answered and rated. Raises `Invalid` for one that is eliminated."""
        (text,) = trial.genome.values()
        text = gated(text, self.words)
        if found := _LEFT_OVER.search(text):
            raise Invalid(f"the instruction has words of the prompt that evolved it: {found[0]!r}")
        (response,) = trial.complete(text)
        said = re.findall(r"\w+", response.casefold())
        if _STOP_WORDS.issuperset(said):
            raise Invalid("no model can answer the instruction: the response says nothing")
        if "sorry" in said and len(said) < SHORT:
            raise Invalid("no model answers the instruction: the response is a refusal")
        shown = f"Instruction:\n{text}\n\nResponse:\n{response}"
        ratings = self.panel.rate(trial.ask, shown, sample=trial.sample)
        difficulty = ratings["difficulty"].mean
        return Score(
            ratings["good"].mean * (1.0 + difficulty) / 2.0,
            measures={"difficulty": difficulty},
            feedback=self.panel.report(ratings),
            artifacts={"response": response},
        )
