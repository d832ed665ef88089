"""Evaluators of the form ``evaluate(program_path) -> metrics``, as written for OpenEvolve.

Such an evaluator executes the candidate itself, so it cannot be trusted with the score: both run in the
sandbox, in one process that may start others, and what comes out is labelled ``scoring: untrusted``.
"""

import json
import sys
from statistics import fmean
from typing import Any, cast

from evoengine.errors import CandidateFailure
from evoengine.evaluation import Invalid, Score, Trial

SCORE = "combined_score"
"""The metric that is the fitness; without it, the fitness is the mean of all numbers."""

_RUN, _EVALUATOR = "_evaluator/run.py", "_evaluator/evaluator.py"
_LARGEST = 1e300
_SHOWN = 4000
_DRIVER = """
import importlib.util, json, os, sys

# What the evaluator prints goes where errors go; the result alone goes to standard output.
result = os.dup(1)
os.dup2(2, 1)

def plain(value):
    return value.item() if hasattr(value, "item") else str(value)

spec = importlib.util.spec_from_file_location("evaluator", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules["evaluator"] = module
spec.loader.exec_module(module)
found = module.evaluate(sys.argv[2])
body = {
    "metrics": getattr(found, "metrics", found),
    "artifacts": getattr(found, "artifacts", None) or {},
}
with os.fdopen(result, "w", encoding="utf-8") as file:
    json.dump(body, file, default=plain)
sys.stdout.flush()
os._exit(0)
"""


class ForeignEvaluator:
    """Runs ``evaluate(program_path)`` of another program's text, candidate and all, inside the sandbox.

    It returns metrics by name, or an object with ``metrics`` and ``artifacts``. The fitness is the metric
    ``combined_score``, else the mean of all finite numbers (bools are none); higher is better. Numbers become
    objectives; texts among the metrics become feedback.

    Parameters
    ----------
    text
        The evaluator's source. It is alone in its folder: modules beside it are not there to be imported.
    main
        The name of the candidate's file.
    """

    def __init__(self, text: str, main: str) -> None:
        self._text = text
        self._main = main

    def evaluate(self, trial: Trial) -> Score:
        """Evaluate in the sandbox. Raises `CandidateFailure` where evaluator or candidate fails there."""
        ran = trial.run(
            [sys.executable, "-B", f"{{{_RUN}}}", f"{{{_EVALUATOR}}}", f"{{{self._main}}}"],
            files={_RUN: _DRIVER, _EVALUATOR: self._text},
        )
        if ran.status:
            status = "error" if ran.status > 0 else "crash"
            raise CandidateFailure(status, ran.errors[-_SHOWN:] or f"it ended with status {ran.status}")
        metrics, artifacts = _result(ran.output)
        return _score(metrics, {"errors": ran.errors[-_SHOWN:], **artifacts} if ran.errors else artifacts)


def _result(output: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Give metrics and artifacts; texts may be cut, and no surrogates are in them."""
    try:
        body: Any = json.loads(output.encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise CandidateFailure("bad_result", f"its result is not JSON: {error}"[:_SHOWN]) from None
    match body:
        case {"metrics": dict(), "artifacts": dict()}:
            metrics = cast("dict[str, Any]", body["metrics"])
            artifacts = cast("dict[str, Any]", body["artifacts"])
        case _:
            raise CandidateFailure("bad_result", "evaluate(program_path) returned no dict of metrics")
    return (
        {_text(name): value for name, value in metrics.items()},
        {_text(name): _text(value) for name, value in artifacts.items()},
    )


def _score(metrics: dict[str, Any], artifacts: dict[str, str]) -> Score:
    numbers = {
        name: float(value)
        for name, value in metrics.items()
        if type(value) in {int, float} and abs(value) < _LARGEST
    }
    if not numbers or (SCORE in metrics and SCORE not in numbers):
        raise Invalid(
            f"{SCORE if SCORE in metrics else 'none of the metrics'} is no finite number: {metrics}"[:_SHOWN]
        )
    fitness = numbers.get(SCORE, fmean(numbers.values()))
    feedback = "\n".join(f"{name}: {_text(value)}" for name, value in metrics.items())
    return Score(fitness, {**numbers, SCORE: fitness}, feedback=feedback, artifacts=artifacts)


def _text(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()
