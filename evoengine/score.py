"""What an evaluator says of a candidate, and whether it may stand."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evoengine.errors import CandidateFailure
from evoengine.problem import Problem


@dataclass(frozen=True, slots=True)
class Score:
    """What an evaluator says of a candidate.

    Parameters
    ----------
    fitness
        Higher is better; None takes it from the problem's first objective.
    objectives
        Values by objective name, each in its own direction and unit.
    measures
        Values by measure name; raw numbers, never bins.
    cases
        Scores by case name, higher is better.
    exact
        The score was verified in exact arithmetic with zero tolerance.
    """

    fitness: float | None = None
    objectives: Mapping[str, float] = field(default_factory=dict[str, float])
    measures: Mapping[str, float | str] = field(default_factory=dict[str, float | str])
    cases: Mapping[str, float] = field(default_factory=dict[str, float])
    feedback: str = ""
    artifacts: Mapping[str, str] = field(default_factory=dict[str, str])
    exact: bool = False


def check(score: Score, problem: Problem, *, partial: bool = False) -> Score:
    """Fill in fitness and objectives from each other; refuse what is not a finite number.

    An early stage (`partial`) may leave measures out.
    """
    objective = problem.objectives[0]
    sign = 1.0 if objective.direction == "max" else -1.0
    objectives = {name: number(value) for name, value in score.objectives.items()}
    if score.fitness is not None:
        fitness = number(score.fitness)
    elif objective.name in objectives:
        fitness = sign * objectives[objective.name]
    else:
        raise TypeError(f"the Score has neither a fitness nor the objective {objective.name!r}")
    objectives.setdefault(objective.name, sign * fitness)
    given = [m for m in problem.measures if not m.computed]
    wanted = [m for m in given if not partial or m.name in score.measures]
    measures = {m.name: _measure(m.categories, m.name, score.measures) for m in wanted}
    cases = {name: number(value) for name, value in score.cases.items()}
    for name, text in {"feedback": score.feedback, **score.artifacts}.items():
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - the user's code gave it
            raise TypeError(f"the Score's {name} must be a text, not {type(text).__name__}")
    return Score(
        fitness, objectives, measures, cases, score.feedback, dict(score.artifacts), bool(score.exact)
    )


def _measure(categories: tuple[str, ...], name: str, measures: Mapping[str, float | str]) -> float | str:
    if name not in measures:
        raise TypeError(f"the Score lacks the measure {name!r} that the problem declares")
    value = measures[name]
    if not categories:
        return number(value)
    if value not in categories:
        raise TypeError(f"measure {name!r} is {value!r}, not one of {', '.join(categories)}")
    return value


def number(value: Any) -> float:
    """Give a finite float; a bool is not a number here, a NumPy scalar is."""
    item = value.item() if hasattr(value, "item") else value
    if type(item) not in (int, float):
        raise TypeError(f"a score must be an int or a float, not {type(value).__name__}")
    if not math.isfinite(item):
        raise CandidateFailure("invalid", f"the score is {item}")
    return float(item)
