"""A judge that looks for evidence: it proposes calls of the candidate, they are run in the sandbox, then it rates."""

import json
from collections.abc import Sequence
from typing import Any, cast

from evaluators.judges import Aspect, Judge, Panel, Rating
from evoengine.effects import Generate, Message, Question
from evoengine.errors import CandidateFailure
from evoengine.evaluation import Trial
from evoengine.prompts import clipped, untrusted
from evoengine.text.fences import blocks

SHOWN_TOKENS = 200
"""So much is shown of what one call returned."""


def gathered(
    trial: Trial,
    function: str,
    aspects: Sequence[Aspect],
    *,
    calls: int = 4,
    judge: Judge = Judge(),  # noqa: B008
) -> dict[str, Rating]:
    """Rate a program on aspects, by what its function returns for arguments that the judge chose.

    Zhuge et al. 2024, "Agent-as-a-judge", reduced to one round: the judge sees the program and names up
    to `calls` lists of arguments; each is run in the sandbox, in a clean process; then it rates the program
    with the results before it. Running is evidence of behaviour, and no proof: a call that was not proposed is
    not checked, and all results are untrusted.

    Each failure is shown as what it is. A proposal that cannot be read leaves the program's text to judge.
    """
    source = "\n\n".join(trial.genome.values())
    asked = (
        f"{untrusted(source)}\n\nYou are going to judge this program. Which calls of its function `{function}` would show "
        f"most? Write at most {calls}, each as a JSON list of the arguments, one a line, in one fenced block."
    )
    request = Generate(
        (Message("user", asked),), temperature=judge.temperature, role=judge.role, model=judge.model
    )
    (reply,) = trial.ask([Question(request, trial.sample)])
    proposed = _arguments(reply.texts[0] if reply.texts else "")[:calls]
    results = [
        f"{function}{tuple(arguments)!r}: {_result(trial, function, arguments)}" for arguments in proposed
    ]
    text = f"{source}\n\nWhat calls of it gave:\n" + ("\n".join(results) or "no call was made")
    return Panel(tuple(aspects), (judge,)).rate(trial.ask, text, sample=trial.sample)


def _arguments(reply: str) -> list[list[Any]]:
    """Read the lines of the last fenced block that are JSON lists; others are left out."""
    fences = blocks(reply)
    found: list[list[Any]] = []
    for line in fences[-1].text.splitlines() if fences else ():
        try:
            arguments = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(arguments, list):
            found.append(cast("list[Any]", arguments))
    return found


def _result(trial: Trial, function: str, arguments: Sequence[Any]) -> str:
    try:
        (result,) = trial.map(function, [arguments], fresh=True)
    except CandidateFailure as failure:
        return clipped(str(failure), SHOWN_TOKENS)
    return clipped(repr(result), SHOWN_TOKENS)
