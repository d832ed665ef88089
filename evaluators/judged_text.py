"""Short texts, rated by a judge: for quality, and on axes along which they should differ."""

from collections.abc import Mapping, Sequence

from evaluators.judges import Aspect, Panel, addresses_judge
from evoengine.evaluation import Invalid, Score, Trial


class JudgedText:
    """Scores a text by a judge's answers to questions of yes and no.

    After Bradley et al. 2024, "Quality-diversity through AI feedback", section 3: the fitness is the judge's
    probability that the text is good, and each measure its probability that the text lies at the upper end of
    an axis: the likelihood of "yes" where the endpoint gives it, else the share of yes over `ratings` and over the
    repeats of a noisy problem.

    The genome's only file is the text. Fitness and measures lie in [0, 1], higher fitness is better.

    Parameters
    ----------
    quality
        Questions whose answer is yes for a good text; the fitness is the mean.
    axes
        One question for each measure, by name.
    words
        The most that a text may have.
    ratings
        How often each question is asked in one evaluation.
    """

    def __init__(
        self, quality: Sequence[str], axes: Mapping[str, str], words: int = 120, ratings: int = 1
    ) -> None:
        aspects = (
            Aspect.checklist("quality", *quality),
            *(Aspect.checklist(name, asked, weight=0.0) for name, asked in axes.items()),
        )
        self.panel = Panel(aspects, ratings=ratings)
        self.axes = tuple(axes)
        self.words = words

    def evaluate(self, trial: Trial) -> Score:
        """Rate the text. Raises `Invalid` for one that is empty, too long or speaks to its judge."""
        (text,) = trial.genome.values()
        text = gated(text, self.words)
        ratings = self.panel.rate(trial.ask, text, sample=trial.sample)
        return Score(
            ratings["quality"].mean,
            measures={name: ratings[name].mean for name in self.axes},
            feedback=self.panel.report(ratings),
        )


def gated(text: str, words: int) -> str:
    """Give a text without the space around it. Raises `Invalid` where no judge need be asked."""
    count = len(text.split())
    if not 0 < count <= words:
        raise Invalid(f"the text has {count} words, not 1 to {words}")
    if addresses_judge(text):
        raise Invalid("the text speaks to whoever judges it; write for a reader")
    return text.strip()
