"""Commands about single candidates: top, show, diff, lineage, best."""

from pathlib import Path
from typing import Any

import click

from evoengine.cli.opening import open_run, problem_of
from evoengine.cli.output import emit, emit_json, json_option, line_width, note, paint_diff, run_argument
from evoengine.errors import ConfigError
from evoengine.noise import interval
from evoengine.report import (
    Exchange,
    Run,
    change_size,
    descendants,
    diff_genomes,
    exchanges,
    verdict,
)
from evoengine.report.formats import error, number, table
from evoengine.types import Known

run_option = click.option(
    "-r", "--run", default="last", help="A run's name, prefix or path.", show_default=True
)


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


@click.command("top")
@run_argument
@click.option("-n", default=10, type=click.IntRange(1), help="How many.", show_default=True)
@json_option
def top_command(run: str, n: int, as_json: bool) -> None:
    """List the fittest candidates.

    Of those that differ only in layout and comments, the first is listed.
    """
    opened = open_run(run)
    best = opened.top(n)
    if as_json:
        emit_json([describe(known, texts=False) for known in best])
        return
    problem = problem_of(opened)
    noisy = any(known.evaluation.repeats > 1 for known in best)
    objectives = [objective.name for objective in problem.objectives] if problem else []
    measures = [measure.name for measure in problem.measures] if problem else []
    rows = [
        [
            known.candidate.id,
            number(known.evaluation.fitness, 9),
            *([error(known.evaluation)] if noisy else []),
            verdict(known.evaluation),
            *(_shown(known.evaluation.objectives.get(name)) for name in objectives),
            *(_shown(known.evaluation.measures.get(name)) for name in measures),
            known.candidate.operator,
            " ".join(known.candidate.parents),
        ]
        for known in best
    ]
    headers = [
        "id",
        "fitness",
        *(["95 %"] if noisy else []),
        "verdict",
        *objectives,
        *measures,
        "operator",
        "parents",
    ]
    emit(table(headers, rows, width=line_width()))


def _shown(value: float | str | None) -> str:
    return value if isinstance(value, str) else number(value)


@click.command("show")
@click.argument("candidate", default="best")
@run_option
@click.option("--source", "part", flag_value="source", help="Only its texts.")
@click.option("--prompt", "part", flag_value="prompt", help="Only what models were asked for it.")
@click.option("--reply", "part", flag_value="reply", help="Only the model's replies that led to it.")
@click.option("--output", "part", flag_value="output", help="Only what it printed.")
@click.option("--metrics", "part", flag_value="metrics", help="Only its scores, measures and costs.")
@json_option
def show_command(candidate: str, run: str, part: str | None, as_json: bool) -> None:
    """Show a candidate.

    CANDIDATE is an id such as 17-0, `best` or `seed`.
    """
    opened = open_run(run)
    known = opened.candidate(candidate)
    if as_json:
        emit_json(describe(known))
        return
    match part:
        case "source":
            emit(_source(known))
        case "prompt":
            emit("\n\n".join(show_messages(exchange) for exchange in exchanges(opened, candidate)))
        case "reply":
            emit("\n\n".join(opened.replies(known.candidate.id)))
        case "output":
            emit(known.evaluation.artifacts.get("output", ""))
        case "metrics":
            emit(_metrics(known))
        case _:
            emit(_overview(opened, known))


def show_messages(exchange: Exchange) -> str:
    """Give what a model was sent, each message below its role."""
    return "\n\n".join(f"==> {message.role} <==\n{message.content}" for message in exchange.messages)


def _source(known: Known) -> str:
    genome = known.candidate.genome
    if len(genome) == 1:
        return next(iter(genome.values())).rstrip("\n")
    return "\n".join(f"==> {name} <==\n{text}" for name, text in genome.items())


def _metrics(known: Known) -> str:
    candidate, evaluation = known.candidate, known.evaluation
    rows: dict[str, str] = {
        "id": candidate.id,
        "status": evaluation.status,
        "fitness": number(evaluation.fitness, 12),
        "repeats": f"{evaluation.repeats}, {error(evaluation)} with 95 %" if evaluation.repeats > 1 else "",
        "verdict": verdict(evaluation) if evaluation.ok else "",
        **{name: number(value, 12) for name, value in evaluation.objectives.items()},
        **{name: _shown(value) for name, value in evaluation.measures.items()},
        **{f"case {name}": number(value) for name, value in evaluation.cases.items()},
        "operator": candidate.operator,
        "model": candidate.model,
        "parents": " ".join(candidate.parents),
        "notes": candidate.notes,
        "seconds": f"{evaluation.wall_seconds:.3f} wall, {evaluation.cpu_seconds:.3f} CPU",
        "memory": f"{evaluation.memory_mb:.0f} MB",
        "isolation": evaluation.isolation,
    }
    width = max(map(len, rows))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows.items() if value)


def _overview(run: Run, known: Known) -> str:
    parts = [_metrics(known)]
    if known.evaluation.feedback:
        parts.append(f"feedback\n{known.evaluation.feedback.rstrip()}")
    if known.candidate.parents:
        parts.append(paint_diff(run.diff(known.candidate.id)) or "no difference from its parent")
    else:
        parts.append(_source(known))
    return "\n\n".join(parts)


@click.command("diff")
@click.argument("a", default="best")
@click.argument("b", default="parent")
@run_option
def diff_command(a: str, b: str, run: str) -> None:
    """Show what changed from one candidate to another.

    It goes from B (`parent`, `seed`, `best` or an id) to A.
    """
    diff = open_run(run).diff(a, b)
    if diff:
        emit(paint_diff(diff))
    else:
        note("no difference")


@click.command("lineage")
@click.argument("candidate", default="best")
@run_option
@click.option("--down", is_flag=True, help="What came of it instead of where it comes from.")
@click.option("--diffs", is_flag=True, help="With the change of each step.")
@json_option
def lineage_command(candidate: str, run: str, down: bool, diffs: bool, as_json: bool) -> None:
    """Show where a candidate comes from, or what came of it.

    Without --down it is the line of first parents from the seed, with the gain of each step.
    """
    if down and diffs:
        raise ConfigError("--diffs goes with the line up, not with --down", cure="leave one of them out")
    opened = open_run(run)
    if down:
        _show_descendants(opened, opened.candidate(candidate).candidate.id, as_json)
        return
    line = list(reversed(opened.lineage(candidate)))
    if as_json:
        emit_json([describe(known, texts=False) for known in line])
        return
    steps = list(zip([None, *line[:-1]], line, strict=True))
    rows = [_step(before, known) for before, known in steps]
    if not diffs:
        emit(table(["id", "fitness", "gain", "lines", "operator", "notes"], rows, width=line_width()))
        return
    for (before, known), row in zip(steps, rows, strict=True):
        emit("  ".join(filter(None, row)))
        if before:
            old, new = before.candidate, known.candidate
            emit(paint_diff(diff_genomes(old.genome, new.genome, old.id, new.id)) + "\n")


def _step(before: Known | None, known: Known) -> list[str]:
    fitness, old = known.evaluation.fitness, before.evaluation.fitness if before else None
    gain = f"{fitness - old:+.4g}" if fitness is not None and old is not None else ""
    added, removed = change_size(before.candidate.genome, known.candidate.genome) if before else (0, 0)
    lines = f"+{added} -{removed}" if before else ""
    return [
        known.candidate.id,
        number(fitness, 9),
        gain,
        lines,
        known.candidate.operator,
        known.candidate.notes,
    ]


def _show_descendants(run: Run, candidate: str, as_json: bool) -> None:
    found = descendants(candidate, run.parents())
    known = [run.candidate(item.candidate) for item in found]
    if as_json:
        emit_json(
            [{"depth": item.depth, **describe(k, texts=False)} for item, k in zip(found, known, strict=True)]
        )
        return
    rows = [
        [
            str(item.depth),
            item.candidate,
            k.evaluation.status,
            number(k.evaluation.fitness, 9),
            k.candidate.operator,
        ]
        for item, k in zip(found, known, strict=True)
    ]
    emit(table(["depth", "id", "status", "fitness", "operator"], rows, width=line_width()))


@click.command("best")
@run_argument
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write there: a file, or a folder for several."
)
@json_option
def best_command(run: str, output: Path | None, as_json: bool) -> None:
    """Print the best candidate's source, or save it."""
    opened = open_run(run)
    known = opened.candidate("best")
    if as_json:
        emit_json(describe(known))
    if output is not None:
        for path in _save(known, output):
            note(f"wrote {path}")
    elif not as_json:
        emit(_source(known))


def _save(known: Known, output: Path) -> list[Path]:
    genome = known.candidate.genome
    folder = len(genome) > 1 or output.is_dir()
    paths = {name: output / name if folder else output for name in genome}
    try:
        for name, path in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(genome[name], "utf-8")
    except OSError as error:
        raise ConfigError(
            f"{output}: cannot be written: {error.strerror}", cure="choose another place"
        ) from None
    return list(paths.values())
