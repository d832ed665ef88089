"""Prompts, scored by what a task model answers. The candidate is one or several texts; nothing of it runs.

A text is a template: ``{name}`` stands for the input of that name, or for the reply to an earlier text of that
name. A text that names none of them has all inputs put after it. See `prompt_turns.Talk`.
"""

from collections import defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators.prompt_answers import METRICS, Metric, extraction, wilson
from evaluators.prompt_data import Case, Cases, find_generator, read_cases
from evaluators.prompt_turns import Talk
from evoengine import Invalid, Score, Trial
from evoengine.effects import Generate, Question
from evoengine.errors import ConfigError

SHOWN = 3
"""So many wrong answers are shown to those who write the next prompt."""

LONGEST = 8_000
"""Characters of all texts of a candidate together: a longer prompt is a data set."""

_SHOWN_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class _Answered:
    """A case with what was said to a model and replied, what was taken for the answer, and its score."""

    name: str
    talk: Talk
    said: str | None
    score: float


class Prompts:
    """Scores a prompt by the mean over cases of how right the task model's answers are, from 0 to 1.

    A problem's ``cases`` name those that a search scores: ``train-0``, ..., ``validation-0``, .... Wrong answers
    to training cases are shown to models that write prompts; validation cases count as much, and nothing of
    them but the score is ever shown. Test cases are asked in a final check only (`evoengine rescore`), where
    they take the place of all others, so no search can have seen them.

    Parameters
    ----------
    data
        ``FILE.jsonl`` or ``FILE.csv`` in the problem's folder, or ``module:function``, a `prompt_data.Generator`.
    train, validation, test
        How many cases each split has.
    seed
        Of the splits. Prompts are compared on equal cases only with equal seeds.
    steps
        Names of the texts that are asked in turn, the last for the answer; empty: the genome's, as they stand.
    dialogue
        The texts are asked in one dialogue, with the case's turns in them, and not each by itself.
    scored
        The text (without its suffix) or the turn (``turn_N``) whose reply is scored and the last that is asked
        for; empty: the last that there is.
    answer
        Where the answer is in that reply; see `prompt_answers.extraction`.
    metric
        One of `prompt_answers.METRICS`, or a function ``(said, right) -> float`` in [0, 1]; not for cases with a
        score of their own.
    models
        Names of the task models that are asked, each counting alike; ``""``: whichever has the role ``task``.
    temperature
        Of the task models. At 0 most answer the same way twice.
    halving
        So many cases are asked first, then so many, at last all; each stage must reach the fitness in the
        problem's ``stages`` for the next to be paid (successive halving over cases, with fixed bars; Jamieson and Talwalkar
        2016, "Non-stochastic best arm identification and hyperparameter optimization", section 3).
    folder
        The problem's.
    """

    def __init__(
        self,
        data: str,
        train: int,
        validation: int,
        test: int,
        *,
        seed: int = 0,
        steps: Sequence[str] = (),
        dialogue: bool = False,
        scored: str = "",
        answer: str = "marker:ANSWER:",
        metric: str | Metric = "exact",
        models: Sequence[str] = ("",),
        temperature: float = 0.0,
        halving: Sequence[int] = (),
        folder: str | Path = ".",
    ) -> None:
        _check(metric, (train, validation, test), models, temperature, halving)
        from_file = data.endswith((".jsonl", ".csv"))
        source = read_cases(Path(folder) / data) if from_file else find_generator(data)
        self.data = Cases(source, (train, validation, test), seed)
        if not dialogue and self.data.dialogues:
            raise ConfigError(
                f"args.data = {data!r} has cases of several turns", cure="say `dialogue = true` in args"
            )
        if metric == "choice" and not all(case.choices for case in self.data):
            raise ConfigError(
                f"args.metric = 'choice', and cases of args.data = {data!r} have no choices",
                cure="give each case its `choices`, or choose another metric",
            )
        self._searched = frozenset((*self.data.names("train"), *self.data.names("validation")))
        self._steps = tuple(steps)
        self._dialogue = dialogue
        self._scored_reply = scored
        self._extract = extraction(answer)
        self._form = answer
        self._likelihoods = metric == "choice"
        self._metric = METRICS[metric] if isinstance(metric, str) else metric
        self._models = tuple(models)
        self._temperature = temperature
        self._halving = tuple(halving)

    def evaluate(self, trial: Trial) -> Generator[Score, None, None]:
        """Score the texts on the trial's cases, in stages where halving is asked for.

        Raises `Invalid` for texts that are too long, quote a validation or test case, or miss an input's name by a
        little; `ConfigError` where the problem's `cases`, `steps` or `scored` name something that there is not.
        """
        self._check_cases(trial.cases)
        text = "\n".join(trial.genome.values())
        if len(text) > LONGEST:
            raise Invalid(f"the texts have {len(text)} characters together, more than {LONGEST}")
        if self.data.quoted(text):
            raise Invalid("the texts quote a case that is held out: write rules, not answers")
        if trial.unseen:
            yield self._tested(self._answer(trial, self.data.names("test")))
            return
        answered: list[_Answered] = []
        for upto in (*(n for n in self._halving if n < len(trial.cases)), len(trial.cases)):
            answered += self._answer(trial, trial.cases[len(answered) : upto])
            yield self._scored(answered)

    def _check_cases(self, names: Sequence[str]) -> None:
        unknown = [name for name in names if name not in self._searched]
        if unknown or not names:
            known = ", ".join(
                f"{split}-0 to {split}-{count - 1}"
                for split in ("train", "validation")
                if (count := len(self.data.names(split)))
            )
            raise ConfigError(
                f"cases names {unknown[0]!r}" if unknown else "cases names none",
                cure=f"name cases that a search may see: {known}",
            )

    def _answer(self, trial: Trial, names: Sequence[str]) -> list[_Answered]:
        """Ask the task models about cases, each text for all of them at once."""
        cases = [self.data[name] for name in names]
        found = [self._ask(trial, cases, model) for model in self._models]
        answered: list[_Answered] = []
        for name, *of_models in zip(names, *found, strict=True):
            judged = [(talk, *self._judged(talk)) for talk in of_models]
            talk, said, _ = min(judged, key=lambda one: one[2])
            mean = sum(score for _, _, score in judged) / len(judged)
            answered.append(_Answered(name, talk, said, mean))
        return answered

    def _ask(self, trial: Trial, cases: Sequence[Case], model: str) -> list[Talk]:
        """Talk with one model about each case, each time about all of them at once."""
        talks = [
            Talk(
                case,
                trial.genome,
                self._steps or tuple(trial.genome),
                dialogue=self._dialogue,
                scored=self._scored_reply,
            )
            for case in cases
        ]
        while going := [talk for talk in talks if talk.left]:
            replies = trial.ask(
                [
                    Question(
                        Generate(
                            talk.speak(),
                            temperature=self._temperature,
                            role="task",
                            model=model,
                            choices=talk.case.choices if talk.left == 1 and self._likelihoods else (),
                        ),
                        trial.sample,
                    )
                    for talk in going
                ]
            )
            for talk, reply in zip(going, replies, strict=True):
                talk.hear(reply)
        return talks

    def _judged(self, talk: Talk) -> tuple[str | None, float]:
        """Give the answer and its score."""
        case, right = talk.case, talk.case.answer
        if self._likelihoods and talk.given.likelihoods:
            likelihoods = talk.given.likelihoods[0]
            likeliest = max(likelihoods, key=lambda choice: likelihoods[choice])
            return likeliest, likelihoods.get(right, 0.0)
        said = self._extract(talk.replies[-1])
        if said is None:
            return said, 0.0
        return said, min(1.0, max(0.0, case.score(said) if case.score else self._metric(said, right)))

    def _scored(self, answered: Sequence[_Answered]) -> Score:
        wrong = [one for one in answered if one.name.startswith("train-") and one.score < 1.0][:SHOWN]
        return Score(
            _mean(answered),
            cases={one.name: one.score for one in answered},
            feedback="\n\n".join(map(self._account, wrong)),
            artifacts=_traces(wrong),
        )

    def _account(self, one: _Answered) -> str:
        said = f"no answer in the form {self._form}" if one.said is None else f"answered: {one.said}"
        case = one.talk.case
        return "\n".join(
            (one.name, *(f"{name}: {text}" for name, text in case.named()), said, f"expected: {case.answer}")
        )

    def _tested(self, answered: Sequence[_Answered]) -> Score:
        share, count = _mean(answered), len(answered)
        low, high = wilson(share * count, count)
        said = f"test accuracy {share:.3f}, 95 % {low:.3f} to {high:.3f} (Wilson), {count} cases"
        return Score(share, feedback=said)


def _check(
    metric: str | Metric,
    sizes: tuple[int, int, int],
    models: Sequence[str],
    temperature: float,
    halving: Sequence[int],
) -> None:
    if isinstance(metric, str) and metric not in METRICS:
        raise ConfigError(f"args.metric = {metric!r}", cure=f"choose one of {', '.join(METRICS)}")
    train, validation, test = sizes
    if min(sizes) < 0 or test == 0:
        raise ConfigError(
            f"args.train, args.validation, args.test = {train}, {validation}, {test}",
            cure="none can be negative, and the test has at least one case",
        )
    if not models:
        raise ConfigError(
            "args.models = []: no model is asked", cure="name one, or leave it out for the role's"
        )
    if temperature < 0.0:
        raise ConfigError(f"args.temperature = {temperature}", cure="it cannot be negative")
    if list(halving) != sorted({n for n in halving if n > 0}):
        raise ConfigError(f"args.halving = {list(halving)}", cure="give numbers of cases, from 1, that grow")


def _mean(answered: Sequence[_Answered]) -> float:
    return sum(one.score for one in answered) / len(answered)


def _traces(wrong: Sequence[_Answered]) -> dict[str, str]:
    """Give for each text, and each turn without one, what was replied to it, on the cases that are shown."""
    traces: defaultdict[str, list[str]] = defaultdict(list)
    for one in wrong:
        for name, reply in zip(one.talk.names, one.talk.replies, strict=True):
            traces[f"replies to {name}"].append(f"{one.name}:\n{reply[-_SHOWN_CHARACTERS:]}")
    return {name: "\n\n".join(replies) for name, replies in traces.items()}
