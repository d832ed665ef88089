"""Commands that tell a run something while it goes on: prefer, hint and inject."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from evoengine.cli.opening import load_problem_of, open_run, runs_folder
from evoengine.cli.output import emit, note, run_argument
from evoengine.errors import ConfigError
from evoengine.recipes import Comparing, make_recipe
from evoengine.report import Run, find_run, is_live
from evoengine.stores import STEERING_NAME, Steering
from evoengine.types import Known

_KEYS = "1, 2, t(ie), s(kip), q(uit)"


@click.command("prefer")
@run_argument
@click.option("--answers", default=0, type=click.IntRange(0), help="Stop after so many; 0: at `q`.")
def prefer_command(run: str, answers: int) -> None:
    """Say which of two candidates is better, or more like a third, again and again.

    For runs of recipes that learn from it. The search goes on meanwhile; a run that has stopped takes the
    answers up when it is resumed.
    """
    given, asked = 0, 0
    while not answers or given < answers:
        compared, steering = _next(run, asked)
        asked += 1
        if len(compared) < 2:
            note("there are not enough candidates yet to compare")
            return
        _show(compared)
        answer = click.prompt(
            _KEYS, type=click.Choice(["1", "2", "t", "s", "q"]), show_choices=False, err=True
        )
        if answer == "q":
            break
        if answer != "s":
            steering.add({"preference": _preference(compared, answer)})
            given += 1
    if given:
        folder = find_run(run, runs_folder())
        when = (
            "while it goes on"
            if is_live(folder)
            else f"by `evoengine resume {folder.name} --add-candidates N`"
        )
        note(f"answers: {given}; the search takes them up {when}")


def _next(spec: str, asked: int) -> tuple[Sequence[Known], Steering]:
    """Give what to compare as the run stands now, with the answers that it has not taken up."""
    opened = open_run(spec)
    steering = Steering(opened.folder / STEERING_NAME)
    try:
        names, params = opened.header["recipe"], opened.header["params"]
        recipe = make_recipe(names, load_problem_of(opened).problem, params)
        if not isinstance(recipe, Comparing):
            raise ConfigError(
                f"{opened.name}: the recipe {names!r} does not learn from comparisons",
                cure="search with --recipe pohf or qdhf",
            )
        state = opened.fold(recipe)
        rows = steering.after(state.steered)
        for _, body in rows:
            recipe.steer(body)
        rng = np.random.default_rng([state.known, state.steered + len(rows), asked])
        # Their texts come from the log, which is closed below.
        return [_loaded(known) for known in recipe.comparison(rng)], steering
    finally:
        opened.close()


def _loaded(known: Known) -> Known:
    return replace(known, candidate=replace(known.candidate, genome=dict(known.candidate.genome)))


def _preference(compared: Sequence[Known], answer: str) -> Mapping[str, Any]:
    *reference, first, second = (known.candidate.id for known in compared)
    better, worse = (second, first) if answer == "2" else (first, second)
    return {"better": better, "worse": worse, "reference": "".join(reference), "tie": answer == "t"}


def _show(compared: Sequence[Known]) -> None:
    *reference, first, second = compared
    for title, known in (*(("reference", known) for known in reference), ("1", first), ("2", second)):
        emit(click.style(f"--- {title} ({known.candidate.id})", bold=True))
        emit("\n".join(_plain(text) for text in known.candidate.genome.values()))
    emit("")
    note("which is more like the reference?" if reference else "which is better?")


def _plain(text: str) -> str:
    """Take out what could steer a terminal: a candidate wrote this."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


@click.command("hint")
@run_argument
@click.argument("text")
def hint_command(run: str, text: str) -> None:
    """Tell the models of a run something: every prompt says it from now on, until another hint; "" ends it."""
    _tell(open_run(run), {"hint": text})


@click.command("inject")
@run_argument
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def inject_command(run: str, files: tuple[Path, ...]) -> None:
    """Bring a candidate of your own into a run, evaluated as the next proposal.

    FILES take the places of the seed's files of the same names; a single one that of the main file.
    """
    opened = open_run(run)
    seed = load_problem_of(opened).problem.seeds[0]
    names = (
        [next(iter(seed))] if len(files) == 1 and files[0].name not in seed else [file.name for file in files]
    )
    for name, file in zip(names, files, strict=True):
        if name not in seed:
            raise ConfigError(f"{file}: the problem has no file {name!r}", cure=f"it has {', '.join(seed)}")
    try:
        texts = {name: file.read_text("utf-8") for name, file in zip(names, files, strict=True)}
    except UnicodeDecodeError as error:
        raise ConfigError(f"{files[0]}: not UTF-8 text ({error.reason})", cure="save it as UTF-8") from None
    _tell(opened, {"inject": {**seed, **texts}})


def _tell(run: Run, body: Mapping[str, Any]) -> None:
    try:
        Steering(run.folder / STEERING_NAME).add(body)
        when = "takes it up when it is resumed" if run.stopped else "takes it up within a second"
        note(f"{run.name} {when}")
    finally:
        run.close()
