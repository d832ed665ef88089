"""Improvers of programs, scored by what they make of some programs with a few calls of a model and of the utility."""

import json
import math
from collections import Counter
from dataclasses import dataclass
from statistics import fmean
from typing import Any, cast

import numpy as np

from evaluators.expressions import values
from evaluators.gates import FloatArray, items, number
from evoengine.effects import Generate, Message, Question
from evoengine.evaluation import Invalid, Score, Trial

START = "x"
"""The program that is to be improved, in every case."""

DIGITS = 6.0
"""So many digits of accuracy are worth a utility of 1."""

TEXT = 20_000
"""Characters of one text that an improver sends."""

TRAIN, TEST = 0, 1


@dataclass(frozen=True, slots=True)
class _Law:
    """What a case is to be fitted by: its values at points, for the improver and for the verdict."""

    x: FloatArray
    y: FloatArray
    test_x: FloatArray
    test_y: FloatArray


class Improver:
    """Scores an improver by the mean utility of the programs that it makes; higher is better, in [0, 1].

    Zelikman, Lorch, Mackey & Kalai 2023, "Self-taught optimizer (STOP)", arXiv:2310.02304, section 3: the
    meta-utility of improver(program, utility, model). Programs are expressions in x, to be fitted to points of a hidden
    law, one for each case; their utility is the digits of accuracy over `DIGITS`. A law is judged at points that the
    utility does not use.

    The improver never holds the utility or the model. ``advance(program, about, budgets, answers)`` runs it
    over the answers so far and gives its next request as plain data: ``{"ask": texts, "temperature": t, "expertise":
    text}``, ``{"score": programs}`` or ``{"done": program}``. The answers are made and the budgets kept
    here; who overspends gets 0 for the case. When the file ``transcript.json`` holds a record
    of these arguments, the next request is all that is found out; it becomes the artifact ``request`` (`SelfImprove`).

    Parameters
    ----------
    calls, samples
        How often a case may ask the model, and with how many texts at a time (the paper's code: 4 and 6).
    scores
        How many programs of a case may be scored (the code's 25 for the meta-utility).
    points
        Of a law, for the utility.
    """

    def __init__(self, calls: int = 4, samples: int = 6, scores: int = 25, points: int = 40) -> None:
        self.budgets = {"calls": calls, "samples": samples, "scores": scores}
        self._points = points

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for a request that is none."""
        record = json.loads(trial.text("transcript.json") or "{}")
        if record:
            request = _request(trial.call("advance", *(record[name] for name in _RECORD)))
            return Score(0.0, artifacts={"request": json.dumps(request)})
        found = {name: self._improved(trial, name) for name in trial.cases}
        lines = [f"{name}: {line}" for name, (_, line) in found.items()]
        cases = {name: value for name, (value, _) in found.items()}
        return Score(fmean(cases.values()), cases=cases, feedback="\n".join(lines))

    def law(self, case: str) -> _Law:
        """Give the law of a case, drawn from its number: a wave, a power and a slope with constants of its own."""
        rng = np.random.default_rng([int(case.rpartition("-")[2]), self._points])
        a, b, c, d = rng.uniform((0.5, 2.0, 0.5, 0.5), (2.0, 5.0, 2.0, 2.0)).round(2)
        power = int(rng.integers(2, 4))

        def at(x: FloatArray) -> FloatArray:
            return a * np.sin(b * x) + c * x**power - d * x

        x, test = rng.uniform(-2.0, 2.0, self._points), np.linspace(-2.0, 2.0, 200)
        return _Law(x, at(x), test, at(test))

    def about(self, case: str) -> str:
        """Say what the utility of a case rewards."""
        law = self.law(case)
        points = ", ".join(f"({x:.4f}, {y:.4f})" for x, y in zip(law.x.tolist(), law.y.tolist(), strict=True))
        return (
            "A program is an expression in x, of numbers, x, pi, + - * / **, abs, cos, exp, log, sin, sqrt and tanh. "
            f"Its utility, between 0 and 1, says how many digits agree with a law of which these points (x, y) are known: {points}"
        )

    def _improved(self, trial: Trial, case: str) -> tuple[float, str]:
        """Let the improver improve one program; give what that is worth, and a line about it."""
        law, answers, spent = self.law(case), list[Any](), Counter[str]()
        while True:
            request = _request(trial.call("advance", START, self.about(case), self.budgets, answers))
            if "done" in request:
                worth = _utility(request["done"], law.test_x, law.test_y)
                used = f"{spent['ask']} calls, {spent['score']} programs scored"
                return worth, f"{worth:.4f} ({used}) by {request['done'][:80]}"
            kind = "ask" if "ask" in request else "score"
            spent[kind] += 1 if kind == "ask" else max(1, len(request["score"]))
            if (
                spent["ask"] > self.budgets["calls"]
                or spent["score"] > self.budgets["scores"]
                or len(request.get("ask", ())) > self.budgets["samples"]
            ):
                return 0.0, f"0, for it overspent: {json.dumps(self.budgets)} are allowed"
            if kind == "ask":
                answers.append(_asked(trial, request, spent["ask"]))
            else:
                answers.append([_utility(program, law.x, law.y) for program in request["score"]])


_RECORD = ("program", "about", "budgets", "answers")


def _request(value: Any) -> dict[str, Any]:
    """Check a request. Raises `Invalid`."""
    if type(value) is not dict:
        raise Invalid("a request must be a dict with ask, score or done")
    given = cast("dict[str, Any]", value)
    if "done" in given:
        return {"done": _text(given["done"], "done")}
    if "score" in given:
        return {"score": [_text(text, "a program") for text in items(given["score"], "score", 0, 1000)]}
    asked = [_text(text, "a message") for text in items(given.get("ask"), "ask", 1, 1000)]
    temperature = number(given.get("temperature", 0.7), "temperature", 0.0, 2.0)
    expertise = _text(given.get("expertise", ""), "expertise")
    return {"ask": asked, "temperature": temperature, "expertise": expertise}


def _text(value: Any, what: str) -> str:
    if type(value) is not str or len(value) > TEXT:
        raise Invalid(f"{what} must be a text of at most {TEXT} characters")
    return value


def _asked(trial: Trial, request: dict[str, Any], call: int) -> list[str]:
    """Put the texts of a request to the model of the role ``task``, equal ones as samples of one question."""
    counts = Counter[str](request["ask"])
    system = (Message("system", request["expertise"]),) if request["expertise"] else ()
    # Calls are told apart, so that a text asked again is answered again.
    questions = [
        Question(
            Generate((*system, Message("user", text)), n, request["temperature"], "task"),
            1000 * trial.sample + call,
        )
        for text, n in counts.items()
    ]
    replies = {text: list(reply.texts) for text, reply in zip(counts, trial.ask(questions), strict=True)}
    return [replies[text].pop(0) if replies[text] else "" for text in request["ask"]]


def _utility(program: str, x: FloatArray, y: FloatArray) -> float:
    """Give the digits of accuracy over `DIGITS`, in [0, 1], by the error's mean square over the values' variance."""
    found = values(program, x)
    error = math.inf if found is None else float(np.mean((found - y) ** 2) / np.var(y))
    return min(1.0, max(0.0, -math.log10(error) / DIGITS)) if 0.0 < error < math.inf else float(error == 0.0)
