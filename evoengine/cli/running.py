"""Commands that search: run and resume."""

import asyncio
import math
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from evoengine.api import new_folder, open_session, require_one_source, settled
from evoengine.cli.opening import load_problem_of, open_run
from evoengine.cli.output import emit, emit_json, json_option, note, run_argument
from evoengine.cli.progress import Progress
from evoengine.cli.revising import show_checks
from evoengine.cli.vitals import Vitals
from evoengine.config import (
    LoadedProblem,
    RunConfig,
    load_problem,
    read_run_config,
    resolve,
    shipped_problems,
)
from evoengine.errors import ConfigError, NoCandidateError
from evoengine.report import CONFIG_NAME, Run, Summary, summarize
from evoengine.report.formats import brief, number
from evoengine.session import Preflight, Session

_GROUPS_SHOWN = 5
_COUNT = click.IntRange(1)
_DOLLARS = click.FloatRange(0, min_open=True)
_SPENT = ("dollars", "tokens", "calls")
"""Limits that ``--budget-NAME`` sets."""


@click.command("run")
@click.argument("problem", required=False)
@click.option(
    "--evaluator",
    type=click.Path(path_type=Path),
    help="A file with OpenEvolve's `evaluate(program_path)`; PROBLEM is then the first program.",
)
@click.option("--recipe", help="The search method; `evoengine recipes` lists them.")
@click.option("--candidates", type=int, help="End after so many.")
@click.option("--evaluations", type=int, help="End after so many.")
@click.option(
    "--model", multiple=True, metavar="MODEL", help="A model that may be asked; any number of them."
)
@click.option(
    "--replay", metavar="RUN", help="Take the replies that a run has recorded instead of a model's."
)
@click.option("--cache", metavar="FILE", help="Keep models' answers there, for other runs.")
@click.option("--budget-dollars", "dollars", type=_DOLLARS, help="End when models have cost so much.")
@click.option("--budget-tokens", "tokens", type=_COUNT, help="End after so many, in and out.")
@click.option("--budget-calls", "calls", type=_COUNT, help="End after so many calls of models.")
@click.option("--hours", type=float, help="End after so long.")
@click.option("--seconds", type=float, help="End after so long.")
@click.option("--target", type=float, help="End at this fitness.")
@click.option("--seed", type=int, help="Of every random stream.")
@click.option("--slots", type=int, help="Candidates evaluated at once; by default one a CPU.")
@click.option("--executor", type=click.Choice(["local", "ray"]), help="Where candidates are evaluated.")
@click.option(
    "--ray-address", metavar="ADDRESS", help="The head of the Ray cluster; by default the one here."
)
@click.option(
    "--order",
    type=click.Choice(["completion", "proposal"]),
    help="`proposal` makes equal runs of equal seeds.",
)
@click.option(
    "--isolation",
    type=click.Choice(["full", "landlock", "seccomp", "none"]),
    help="The weakest accepted; the strongest there is, is used.",
)
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=VALUE", help="Any setting, such as params.islands=4."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="The run's folder; by default a new one in runs/."
)
@click.option("--require-fitness", type=float, metavar="X", help="Leave with exit code 5 below this fitness.")
@json_option
def run_command(
    problem: str | None,
    *,
    evaluator: Path | None,
    sets: tuple[str, ...],
    out: Path | None,
    require_fitness: float | None,
    as_json: bool,
    **flags: Any,
) -> int:
    """Search for a better candidate.

    PROBLEM is a shipped name, a folder, a problem.toml or a Python file. The run's name goes to standard output. Ctrl-C once finishes what is in flight, twice stops at once; either
    way `evoengine resume` goes on.
    """
    require_one_source(flags["model"], flags["replay"])
    foreign = None if evaluator is None else {"evaluator": str(evaluator.expanduser().absolute())}
    config = settled(resolve(flags={"problem": problem, "overrides": foreign, **_given(flags)}, sets=sets)[0])
    if not config.problem:
        raise ConfigError(
            "no problem is named", cure=f"evoengine run {' | '.join(shipped_problems())} | ./FOLDER"
        )
    loaded = load_problem(config.problem, overrides=config.overrides)
    if foreign and loaded.problem.scoring == "trusted":
        raise ConfigError(
            f"--evaluator {evaluator}: {loaded.spec} is no program but a problem, which has an evaluator",
            cure="name the first program, as in `evoengine run --evaluator evaluator.py seed.py`",
        )
    config = config.model_copy(update={"problem": loaded.spec})
    folder = out or new_folder(loaded.problem.name, Path(config.runs))
    summary = search(folder, loaded, config)
    return finish(summary, require_fitness=require_fitness, as_json=as_json)


@click.command("resume")
@run_argument
@click.option("--add-candidates", type=click.IntRange(1), help="Raise the limit by so many.")
@click.option("--add-hours", type=click.FloatRange(0, min_open=True), help="Raise the limit by so much.")
@click.option("--budget-dollars", "dollars", metavar="[+]X", help="Set the limit, or raise it by +X.")
@click.option("--budget-tokens", "tokens", metavar="[+]X", help="Set the limit, or raise it by +X.")
@click.option("--budget-calls", "calls", metavar="[+]X", help="Set the limit, or raise it by +X.")
@click.option("--slots", type=click.IntRange(1), help="Candidates evaluated at once.")
@click.option("--executor", type=click.Choice(["local", "ray"]), help="Where candidates are evaluated.")
@click.option(
    "--ray-address", metavar="ADDRESS", help="The head of the Ray cluster; by default the one here."
)
@json_option
def resume_command(
    run: str,
    *,
    add_candidates: int | None,
    add_hours: float | None,
    as_json: bool,
    dollars: str | None,
    tokens: str | None,
    calls: str | None,
    **places: Any,
) -> int:
    """Go on with a run exactly where it ended."""
    opened = open_run(run)
    config = read_run_config(opened.folder / CONFIG_NAME)
    config = config.model_copy(update={name: value for name, value in places.items() if value is not None})
    limits = _raised(opened, {"dollars": dollars, "tokens": tokens, "calls": calls})
    if add_candidates is not None:
        limits["candidates"] = opened.budget.get("candidates", opened.candidates) + add_candidates
    if add_hours is not None:
        limits["seconds"] = opened.budget.get("seconds", opened.seconds) + 3600 * add_hours
    before = opened.candidates
    loaded = load_problem_of(opened)
    summary = search(opened.folder, loaded, config, limits=limits)
    if summary.candidates == before and summary.state == "done":
        more = f"--budget-{summary.reason} +X" if summary.reason in _SPENT else "--add-candidates N"
        note(f"its limit ({summary.reason}) was reached already; {more} goes on")
    return finish(summary, as_json=as_json)


def _raised(run: Run, budgets: Mapping[str, str | None]) -> dict[str, float]:
    """Give the new limits on what models cost: ``X``, or ``+X`` on top of the limit, or of what is spent."""
    usage = run.usage()
    spent = {
        "dollars": usage.dollars,
        "tokens": usage.tokens_in + usage.tokens_out,
        "calls": usage.calls,
    }
    limits: dict[str, float] = {}
    for name, text in budgets.items():
        if text is None:
            continue
        try:
            amount = float(text) if name == "dollars" else int(text)
        except ValueError:
            amount = 0
        if not 0 < amount < math.inf:
            raise ConfigError(f"--budget-{name} {text}: no amount", cure="write X, or +X to add to the limit")
        limits[name] = amount + (run.budget.get(name, spent[name]) if text.startswith("+") else 0)
    return limits


def _given(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Give the flags; no ``--model`` at all is a flag that was not given."""
    return {**flags, "model": list(flags["model"]) or None}


def search(
    folder: Path, loaded: LoadedProblem, config: RunConfig, *, limits: dict[str, float] | None = None
) -> Summary:
    """Search from wherever the run's log ends, showing how it goes; give how the run stands then.

    `limits` replace those of the run's budget.
    """

    async def work() -> None:
        progress = Progress(Console(stderr=True))
        async with open_session(folder, loaded, config, observers=[progress]) as session:
            if limits:
                session.extend(**limits)
            checked = await session.preflight()
            _report_preflight(session, loaded, checked)
            with progress.shown(session):
                await session.run()

    # Ray says what it has to say on standard output, which is for data.
    with redirect_stdout(sys.stderr):
        asyncio.run(work())
    return summarize(Run(folder), loaded.problem)


def _report_preflight(session: Session, loaded: LoadedProblem, checked: Preflight) -> None:
    evaluation = checked.evaluation
    repeated = {True: ", 2 of 2 identical", False: ", NOT the same twice", None: ""}[checked.identical]
    if checked.identical is False and session.problem.noisy:
        repeated = ", noisy as declared"
    note(f"ok  problem {session.problem.name} ({loaded.spec})")
    note(
        f"ok  evaluator {brief(evaluation.wall_seconds)} on the seed, fitness {number(evaluation.fitness)}{repeated}"
    )
    note(f"ok  isolation {evaluation.isolation}, {_slots(session)}")
    for spec in session.pool.specs if session.pool else ():
        note(f"ok  {spec.label}, price {spec.price_text}")
    if session.config.replay:
        note(f"ok  replies of {session.config.replay}")
    limits = ", ".join(
        f"{name} {number(value)}" for name, value in session.engine.state.budget.to_body().items()
    )
    note(f"ok  recipe {session.config.recipe}, seed {session.config.seed}, until {limits}")
    if session.problem.scoring == "untrusted":
        note(
            "warning: scoring: untrusted; candidates share a process with this evaluator and can forge scores"
        )
    if session.changed:
        note("warning: the problem's files have changed since the run began; scores may not compare")
    note(f"run {session.folder}; Ctrl-C once finishes what is in flight, twice stops now")


def _slots(session: Session) -> str:
    if not session.problem.exclusive:
        return f"{session.executor.slots} slots"
    place = (
        "" if session.processor < 0 else f", on processor {session.processor}, which nothing else here uses"
    )
    return f"1 slot because the problem is exclusive{place}"


def finish(summary: Summary, *, require_fitness: float | None = None, as_json: bool = False) -> int:
    """Say how a search ended and give the exit code.

    Raises
    ------
    NoCandidateError
        No candidate is valid beside the seeds, or the fitness required was not reached.
    """
    run = Run(Path(summary.folder))
    groups = run.failures()
    if as_json:
        emit_json(summary.to_json())
    else:
        emit(summary.name)
    vitals = Vitals(summary)
    note("\n".join([vitals.title, *vitals.lines()]))
    if checks := run.checks():
        note(f"the fittest on randomness that the search has not seen:\n{show_checks(checks)}")
    if summary.state == "interrupted":
        note(f"`evoengine resume {summary.name}` goes on")
        return 130
    if summary.candidates and not run.offspring_ok:
        causes = "\n".join(
            f"  {group.count}x {group.status}: {group.signature}" for group in groups[:_GROUPS_SHOWN]
        )
        raise NoCandidateError(
            f"none of the {summary.candidates} candidates is valid:\n{causes}",
            cure=f"evoengine show {groups[0].example} --run {summary.name}",
        )
    fitness = None if summary.best is None else summary.best.fitness
    if require_fitness is not None and (fitness is None or fitness < require_fitness):
        raise NoCandidateError(
            f"the best fitness is {number(fitness, 9)}, below the required {number(require_fitness, 9)}",
            cure=f"evoengine resume {summary.name} --add-candidates N",
        )
    note(f"next: evoengine best {summary.name} | top | lineage | failures | archive")
    return 0
