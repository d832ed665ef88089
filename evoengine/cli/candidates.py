"""Commands about single candidates: top, show, diff, lineage, best."""

from pathlib import Path

import click

from evoengine.cli.describing import cases, describe, metrics, overview, show_messages, shown, source
from evoengine.cli.opening import open_run, problem_of
from evoengine.cli.output import emit, emit_json, json_option, line_width, note, paint_diff, run_argument
from evoengine.errors import ConfigError
from evoengine.report import (
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
            *(shown(known.evaluation.objectives.get(name)) for name in objectives),
            *(shown(known.evaluation.measures.get(name)) for name in measures),
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


@click.command("show")
@click.argument("candidate", default="best")
@run_option
@click.option("--source", "part", flag_value="source", help="Only its texts.")
@click.option("--prompt", "part", flag_value="prompt", help="Only what models were asked for it.")
@click.option("--reply", "part", flag_value="reply", help="Only the model's replies that led to it.")
@click.option("--output", "part", flag_value="output", help="Only what it printed.")
@click.option("--metrics", "part", flag_value="metrics", help="Only its scores, measures and costs.")
@click.option("--cases", "part", flag_value="cases", help="Only its score on each case.")
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
            emit(source(known))
        case "prompt":
            emit("\n\n".join(show_messages(exchange) for exchange in exchanges(opened, candidate)))
        case "reply":
            emit("\n\n".join(opened.replies(known.candidate.id)))
        case "output":
            emit(known.evaluation.artifacts.get("output", ""))
        case "metrics":
            emit(metrics(known))
        case "cases":
            emit(cases(known))
        case _:
            emit(overview(opened, known))


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
        emit(source(known))


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
