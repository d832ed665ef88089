"""Prompts, scored by what a task model answers. The candidate is one or several texts; nothing of it runs.

A text is a template: ``{name}`` stands for the input of that name, and in a pipeline for the reply to the text of that
name. A text that names none of them has all inputs put after it.
"""

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators.prompt_answers import METRICS, Metric, extraction, wilson
from evaluators.prompt_data import Case, Cases, find_generator, read_cases
from evoengine import Invalid, Score, Trial
from evoengine.effects import Generate, Generated, Message, Question
from evoengine.errors import ConfigError

SHOWN = 3
"""So many wrong answers are shown to those who write the next prompt."""

LONGEST = 8_000
"""Characters of all texts of a candidate together: a longer prompt is a data set."""

_SHOWN_CHARACTERS = 600
_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class _Answered:
    """A case with all replies, one for each text, what was taken for the answer, and its score."""

    name: str
    case: Case
    replies: tuple[str, ...]
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
    answer
        Where the answer is in the last reply; see `prompt_answers.extraction`.
    metric
        One of `prompt_answers.METRICS`, or a function ``(said, right) -> float`` in [0, 1].
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
        answer: str = "marker:ANSWER:",
        metric: str | Metric = "exact",
        models: Sequence[str] = ("",),
        temperature: float = 0.0,
        halving: Sequence[int] = (),
        folder: str | Path = ".",
    ) -> None:
        if isinstance(metric, str) and metric not in METRICS:
            raise ConfigError(f"metric = {metric!r}", cure=f"choose one of {', '.join(METRICS)}")
        from_file = data.endswith((".jsonl", ".csv"))
        source = read_cases(Path(folder) / data) if from_file else find_generator(data)
        self.data = Cases(source, (train, validation, test), seed)
        self._steps = tuple(steps)
        self._extract = extraction(answer)
        self._form = answer
        self._likelihoods = metric == "choice"
        self._metric = METRICS[metric] if isinstance(metric, str) else metric
        self._models = tuple(models)
        self._temperature = temperature
        self._halving = tuple(halving)

    def evaluate(self, trial: Trial) -> Generator[Score, None, None]:
        """Score the texts on the trial's cases, in stages where halving is asked for.

        Raises `Invalid` for texts that are too long, or quote a validation or test case.
        """
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
            yield self._scored(answered, tuple(trial.genome))

    def _answer(self, trial: Trial, names: Sequence[str]) -> list[_Answered]:
        """Ask the task models about cases, each text for all of them at once."""
        cases = [self.data[name] for name in names]
        found = [self._ask(trial, cases, model) for model in self._models]
        answered: list[_Answered] = []
        for place, (name, case) in enumerate(zip(names, cases, strict=True)):
            of_models = [one[place] for one in found]
            worst = min(of_models, key=lambda one: one[2])
            mean = sum(score for _, _, score in of_models) / len(of_models)
            answered.append(_Answered(name, case, worst[0], worst[1], mean))
        return answered

    def _ask(
        self, trial: Trial, cases: Sequence[Case], model: str
    ) -> list[tuple[tuple[str, ...], str | None, float]]:
        """Give for each case the replies, the answer and its score."""
        known: list[dict[str, str]] = [dict(case.inputs) for case in cases]
        replies: list[list[str]] = [[] for _ in cases]
        steps = self._steps or tuple(trial.genome)
        given: Sequence[Generated] = ()
        for step in steps:
            last = step == steps[-1]
            given = trial.ask(
                [
                    Question(
                        Generate(
                            (Message("user", _filled(trial.text(step), inputs)),),
                            temperature=self._temperature,
                            role="task",
                            model=model,
                            choices=case.choices if last and self._likelihoods else (),
                        ),
                        trial.sample,
                    )
                    for case, inputs in zip(cases, known, strict=True)
                ]
            )
            for inputs, said, reply in zip(known, replies, given, strict=True):
                said.append(reply.texts[0] if reply.texts else "")
                inputs[Path(step).stem] = said[-1]
        return [
            (tuple(said), *self._judged(case, said[-1], reply))
            for case, said, reply in zip(cases, replies, given, strict=True)
        ]

    def _judged(self, case: Case, text: str, reply: Generated) -> tuple[str | None, float]:
        if self._likelihoods and reply.likelihoods:
            likelihoods = reply.likelihoods[0]
            likeliest = max(likelihoods, key=lambda choice: likelihoods[choice])
            return likeliest, likelihoods.get(case.answer, 0.0)
        said = self._extract(text)
        return said, 0.0 if said is None else min(1.0, max(0.0, self._metric(said, case.answer)))

    def _scored(self, answered: Sequence[_Answered], names: Sequence[str]) -> Score:
        wrong = [one for one in answered if one.name.startswith("train-") and one.score < 1.0][:SHOWN]
        return Score(
            _mean(answered),
            cases={one.name: one.score for one in answered},
            feedback="\n\n".join(map(self._account, wrong)),
            artifacts=_traces(wrong, self._steps or names),
        )

    def _account(self, one: _Answered) -> str:
        inputs = "\n".join(f"{name}: {text}" for name, text in one.case.inputs.items())
        said = f"no answer in the form {self._form}" if one.said is None else f"answered: {one.said}"
        return f"{one.name}\n{inputs}\n{said}\nexpected: {one.case.answer}"

    def _tested(self, answered: Sequence[_Answered]) -> Score:
        share, count = _mean(answered), len(answered)
        low, high = wilson(share * count, count)
        said = f"test accuracy {share:.3f}, 95 % {low:.3f} to {high:.3f} (Wilson), {count} cases"
        return Score(share, feedback=said)


def _mean(answered: Sequence[_Answered]) -> float:
    return sum(one.score for one in answered) / len(answered)


def _filled(template: str, inputs: Mapping[str, str]) -> str:
    """Put inputs in their places, or after the text where it has none. Other braces stay as they are."""
    if not any(name in inputs for name in _VARIABLE.findall(template)):
        return "\n\n".join((template.strip(), *inputs.values()))
    return _VARIABLE.sub(lambda match: inputs.get(match[1], match[0]), template)


def _traces(wrong: Sequence[_Answered], steps: Sequence[str]) -> dict[str, str]:
    """Give for each text what the task model replied to it, on the cases that are shown."""
    return {
        f"replies to {step}": "\n\n".join(
            f"{one.name}:\n{one.replies[n][-_SHOWN_CHARACTERS:]}" for one in wrong
        )
        for n, step in enumerate(steps)
        if wrong
    }
