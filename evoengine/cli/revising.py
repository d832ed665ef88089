"""Commands that look at a finished run's candidates anew: rescore and rebin."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict

import click

from evoengine.api import open_session
from evoengine.archives import GridArchive, make_axis
from evoengine.cli.opening import load_problem_of, open_run
from evoengine.cli.output import emit, emit_json, json_option, note, run_argument
from evoengine.config import read_run_config
from evoengine.errors import ConfigError
from evoengine.problem import Measure
from evoengine.recipes import make_recipe
from evoengine.report import CONFIG_NAME, Check, Run
from evoengine.report.formats import number, table
from evoengine.session import CHECK_REPEATS, CHECKED
from evoengine.stores import SQLiteStore


@click.command("rescore")
@run_argument
@click.option("--top", default=CHECKED, type=click.IntRange(1), help="How many.", show_default=True)
@click.option(
    "--repeats", default=CHECK_REPEATS, type=click.IntRange(1), help="How often each.", show_default=True
)
@json_option
def rescore_command(run: str, top: int, repeats: int, as_json: bool) -> None:
    """Evaluate the fittest candidates anew, on randomness that the search has not seen.

    The log keeps what comes of it. How much a candidate loses is how much of its score was luck.
    """
    opened = open_run(run)
    config = read_run_config(opened.folder / CONFIG_NAME)
    loaded = load_problem_of(opened)

    async def work() -> None:
        async with open_session(opened.folder, loaded, config) as session:
            await session.check(top, repeats)

    asyncio.run(work())
    checks = opened.checks()
    if as_json:
        emit_json([check.to_json() for check in checks])
    else:
        emit(show_checks(checks))
        said = [
            f"{check.candidate}: {check.evaluation.feedback}" for check in checks if check.evaluation.feedback
        ]
        for line in said:
            note(line)


def show_checks(checks: Sequence[Check]) -> str:
    """Lay out what a final check found, one candidate a line."""
    rows = [
        [c.candidate, number(c.claimed, 9), number(c.mean, 9), c.interval_text, number(c.luck, 3)]
        for c in checks
    ]
    return table(["id", "fitness in the search", "checked", "95 %", "luck"], rows)


@click.command("rebin")
@run_argument
@click.option(
    "--measures",
    multiple=True,
    required=True,
    metavar="NAME=LOW:HIGH:BINS",
    help="One axis, or NAME=EDGE,EDGE,... or NAME=CATEGORY|CATEGORY|...; one option for each axis.",
)
@json_option
def rebin_command(run: str, measures: tuple[str, ...], as_json: bool) -> None:
    """Lay other axes under a run's archive, made of measures that its candidates have.

    The log keeps the change, and nothing of what it held is lost: rebin again to undo it.
    """
    opened = open_run(run)
    before = load_problem_of(opened).problem
    wanted = [_parse(text) for text in measures]
    _require_logged(opened, wanted)
    store = SQLiteStore(opened.store.path)
    try:
        store.append("steered", None, opened.seconds, {"measures": [asdict(m) for m in wanted]}, {})
    finally:
        store.close()
    names, params = opened.header["recipe"], opened.header["params"]
    after = load_problem_of(opened).problem
    figures = [opened.fold(make_recipe(names, problem, params)).recipe.stats() for problem in (before, after)]
    if as_json:
        emit_json({"measures": [asdict(m) for m in wanted], "before": figures[0], "after": figures[1]})
        return
    rows = [[name, number(figures[0].get(name)), number(value)] for name, value in figures[1].items()]
    emit(table(["figure", "before", "after"], rows))
    note(f"`evoengine archive {opened.name}` draws it")


def _parse(text: str) -> Measure:
    """Read an axis as it is typed. Raises `ConfigError`."""
    name, _, form = text.partition("=")
    try:
        if "|" in form:
            measure = Measure(name, categories=tuple(form.split("|")))
        elif ":" in form:
            low, high, bins = form.split(":")
            measure = Measure(name, float(low), float(high), int(bins))
        else:
            edges = tuple(map(float, form.split(",")))
            measure = Measure(name, edges[0], edges[-1], edges=edges)
        make_axis(measure)
    except ValueError as error:
        raise ConfigError(
            f"--measures {text}: {error}",
            cure="write NAME=LOW:HIGH:BINS, NAME=EDGE,EDGE,... ascending, or NAME=CATEGORY|CATEGORY|...",
        ) from error
    return measure


def _require_logged(run: Run, wanted: Sequence[Measure]) -> None:
    """Refuse a measure of which some scored candidate has no value that fits."""
    grid = GridArchive(wanted)
    for known in run:
        try:
            grid.insert(known.candidate, known.evaluation)
        except ValueError as error:
            found = ", ".join(f"{name} = {value!r}" for name, value in known.evaluation.measures.items())
            raise ConfigError(
                f"--measures: {error}",
                cure=f"candidate {known.candidate.id} has {found or 'no measures: name some in problem.toml'}",
            ) from error
