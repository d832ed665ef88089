"""A candidate in words and as plain data."""

from collections.abc import Mapping
from heapq import nlargest, nsmallest
from statistics import fmean
from typing import Any

from evoengine.cli.output import paint_diff
from evoengine.noise import interval
from evoengine.report import Exchange, Run, verdict
from evoengine.report.formats import error, number
from evoengine.types import Known

FEW, ENDS = 8, 4
"""Up to so many cases are listed with the other scores; of more, only so many at each end."""


def describe(known: Known, *, texts: bool = True) -> dict[str, Any]:
    """Give a candidate as plain data; `texts` adds its source and artifacts."""
    candidate, evaluation = known.candidate, known.evaluation
    body: dict[str, Any] = {
        "id": candidate.id,
        "digest": candidate.digest,
        "fitness": evaluation.fitness,
        "repeats": evaluation.repeats,
        "deviation": evaluation.deviation,
        "interval": interval(evaluation),
        "status": evaluation.status,
        "verdict": verdict(evaluation),
        "objectives": dict(evaluation.objectives),
        "measures": dict(evaluation.measures),
        "cases": dict(evaluation.cases),
        "parents": list(candidate.parents),
        "operator": candidate.operator,
        "model": candidate.model,
        "island": candidate.island,
        "notes": candidate.notes,
        "feedback": evaluation.feedback,
        "stage": evaluation.stage,
        "wall_seconds": evaluation.wall_seconds,
        "cpu_seconds": evaluation.cpu_seconds,
        "memory_mb": evaluation.memory_mb,
        "isolation": evaluation.isolation,
        "scoring": evaluation.scoring,
    }
    if texts:
        body |= {"source": dict(candidate.genome), "artifacts": dict(evaluation.artifacts)}
    return body


def shown(value: float | str | None) -> str:
    """Give a number or a category."""
    return value if isinstance(value, str) else number(value)


def show_messages(exchange: Exchange) -> str:
    """Give what a model was sent, each message below its role."""
    return "\n\n".join(f"==> {message.role} <==\n{message.content}" for message in exchange.messages)


def source(known: Known) -> str:
    """Give its texts, each below its name where there are several."""
    genome = known.candidate.genome
    if len(genome) == 1:
        return next(iter(genome.values())).rstrip("\n")
    return "\n".join(f"==> {name} <==\n{text}" for name, text in genome.items())


def cases(known: Known) -> str:
    """Give its score on each case, one a line."""
    return _rows({name: number(value) for name, value in known.evaluation.cases.items()})


def metrics(known: Known) -> str:
    """Give its scores, measures and costs, one a line; of many cases only the lowest and the highest."""
    candidate, evaluation = known.candidate, known.evaluation
    rows: dict[str, str] = {
        "id": candidate.id,
        "status": evaluation.status,
        "fitness": number(evaluation.fitness, 12),
        "repeats": f"{evaluation.repeats}, {error(evaluation)} with 95 %" if evaluation.repeats > 1 else "",
        "verdict": verdict(evaluation) if evaluation.ok else "",
        **{name: number(value, 12) for name, value in evaluation.objectives.items()},
        **{name: shown(value) for name, value in evaluation.measures.items()},
        **_cases(evaluation.cases),
        "operator": candidate.operator,
        "model": candidate.model,
        "parents": " ".join(candidate.parents),
        "notes": candidate.notes,
        "seconds": f"{evaluation.wall_seconds:.3f} wall, {evaluation.cpu_seconds:.3f} CPU",
        "memory": f"{evaluation.memory_mb:.0f} MB",
        "isolation": evaluation.isolation,
    }
    return _rows(rows)


def overview(run: Run, known: Known) -> str:
    """Give its metrics, its feedback, and how it differs from its parent."""
    parts = [metrics(known)]
    if known.evaluation.feedback:
        parts.append(f"feedback\n{known.evaluation.feedback.rstrip()}")
    if known.candidate.parents:
        parts.append(paint_diff(run.diff(known.candidate.id)) or "no difference from its parent")
    else:
        parts.append(source(known))
    return "\n\n".join(parts)


def _cases(scores: Mapping[str, float]) -> dict[str, str]:
    """Give each of a few cases, or of many the `ENDS` lowest and highest."""
    if len(scores) <= FEW:
        return {f"case {name}": number(score) for name, score in scores.items()}
    low, high = (pick(ENDS, scores, key=lambda name: scores[name]) for pick in (nsmallest, nlargest))
    return {
        "cases": f"{len(scores):,}, mean {number(fmean(scores.values()))}; `show --cases` lists them",
        "lowest": ", ".join(f"{name} {number(scores[name])}" for name in low),
        "highest": ", ".join(f"{name} {number(scores[name])}" for name in high),
    }


def _rows(rows: Mapping[str, str]) -> str:
    width = max(map(len, rows), default=0)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows.items() if value)
