"""The command that compares recipes."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from evoengine.api import new_folder
from evoengine.cli.opening import load_problem_of, open_run
from evoengine.cli.output import emit, emit_json, json_option, note
from evoengine.comparing import COMPARISON_NAME, DEFAULT_SEEDS, Comparing
from evoengine.config import ComparisonConfig, RunConfig, load_problem, read_comparison, resolve
from evoengine.errors import ConfigError, EvoengineError, NoCandidateError
from evoengine.plans import settle_comparison
from evoengine.report import Compared, Comparison, compare_policies, policies_table
from evoengine.report.formats import number

PICTURE_NAME = "compare.svg"
_INTERRUPTED = 130
_BUG = 1
_COUNT = click.IntRange(1)


@click.command("compare")
@click.argument("problem", required=False)
@click.option("--recipes", default="", metavar="A,B,...", help="What to compare, beside the baseline.")
@click.option("--seeds", type=_COUNT, help=f"Runs of each recipe; by default {DEFAULT_SEEDS}.")
@click.option("--seed", type=int, help="The first of the seeds; by default 0.")
@click.option("--budget-evaluations", "evaluations", type=_COUNT, help="Of each run; by default 500.")
@click.option(
    "--budget-dollars",
    "dollars",
    type=click.FloatRange(0, min_open=True),
    help="Of each run, as for the next two.",
)
@click.option("--budget-tokens", "tokens", type=_COUNT, help="In and out.")
@click.option("--budget-calls", "calls", type=_COUNT, help="Of models.")
@click.option("--model", multiple=True, metavar="MODEL", help="A model that may be asked; any number.")
@click.option("--target", type=float, metavar="VALUE", help="Of the objective: what it takes to get there.")
@click.option("--at-once", type=_COUNT, help="Runs side by side; by default as many as processors allow.")
@click.option("--slots", type=_COUNT, help="Candidates that a run evaluates at once; by default 1.")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Any setting of the runs.")
@click.option("--out", type=click.Path(path_type=Path), help="The folder; the one of before goes on.")
@click.option("--replay", metavar="RUN", help="Search nothing: put each recipe into the place of RUN's.")
@click.option(
    "-o",
    "picture",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.svg",
    help=f"The picture; by default {PICTURE_NAME} in the folder.",
)
@json_option
def compare_command(
    problem: str | None,
    *,
    recipes: str,
    sets: tuple[str, ...],
    out: Path | None,
    replay: str | None,
    picture: Path | None,
    as_json: bool,
    **flags: Any,
) -> int:
    """Search with several recipes at equal cost on the same seeds, and compare them.

    Every recipe has one run for each seed, and beside those that are named runs the baseline: best_of_n with a model, hill_climb without. All are ordinary runs below the folder of the comparison. With the same --out, what was stopped or killed goes on, and a comparison gets more recipes, seeds or budget; without PROBLEM, all is as it was there.

    With --replay, nothing is searched: each recipe is told what RUN recorded, and asked at each proposal whom it would have chosen.
    """
    names = [name.strip() for name in recipes.split(",") if name.strip()]
    given = {**flags, "model": list(flags["model"]) or None}
    if replay is not None:
        _refuse_search(problem, out, picture, given)
        return _compare_policies(replay, names, sets, as_json=as_json)
    config = _settings(problem, names, sets, out, given)
    loaded = load_problem(config.run.problem, overrides=config.run.overrides)
    folder = out or new_folder(f"compare-{loaded.problem.name}", Path(config.run.runs))
    comparing = Comparing(folder, loaded, config, ended=_report)
    note(_announce(folder, config))
    comparison = asyncio.run(comparing.search())
    if comparing.changed:
        note("warning: the problem's files have changed since runs began; scores may not compare")
    target = picture or folder / PICTURE_NAME
    target.write_text(comparison.plot(), "utf-8")
    if as_json:
        emit_json(comparison.to_json())
    else:
        emit(f"{comparison.table}\n\n{comparison.sketch()}".rstrip())
    note("\n".join([*comparison.notes, f"picture {target}"]))
    return _code(comparing, comparison)


def _settings(
    problem: str | None, names: list[str], sets: tuple[str, ...], out: Path | None, flags: Mapping[str, Any]
) -> ComparisonConfig:
    """Give the settings: those of the command, or without a problem those of the folder, with what is given."""
    shared = {name: flags[name] for name in ("evaluations", "dollars", "tokens", "calls", "model", "seed")}
    if problem is not None:
        if not names:
            raise ConfigError(
                "nothing to compare is named", cure="--recipes A,B,...; `evoengine recipes` lists them"
            )
        run = resolve(
            flags={"problem": problem, "slots": flags["slots"], **shared},
            sets=("slots=1", "order=proposal", *sets),
        )[0]
        run = run.model_copy(update={"problem": load_problem(problem, overrides=run.overrides).spec})
        return settle_comparison(
            run,
            names,
            seeds=flags["seeds"] or DEFAULT_SEEDS,
            target=flags["target"],
            at_once=flags["at_once"],
        )
    if out is None or not (out / COMPARISON_NAME).is_file():
        raise ConfigError(
            "no problem is named" + ("" if out is None else f", and {out} holds no comparison"),
            cure="evoengine compare PROBLEM --recipes A,B, or --out FOLDER of one that was begun",
        )
    return _changed(read_comparison(out / COMPARISON_NAME), names, sets, flags)


def _changed(
    kept: ComparisonConfig, names: list[str], sets: tuple[str, ...], flags: Mapping[str, Any]
) -> ComparisonConfig:
    """Give the settings of a folder with more recipes, or other numbers."""
    if sets or flags["model"] or flags["seed"] is not None:
        raise ConfigError(
            "--set, --model and --seed belong to the beginning of a comparison",
            cure="begin another one: evoengine compare PROBLEM ...",
        )
    if not kept.run.problem:
        raise ConfigError(
            "this comparison's problem was built in Python, and is not kept with it",
            cure="compare(problem, evaluator=..., out=..., ...) goes on with it",
        )
    limits = {n: v for n in ("evaluations", "dollars", "tokens", "calls", "slots") if (v := flags[n])}
    own = {n: v for n in ("seeds", "target", "at_once") if (v := flags[n]) is not None}
    run: RunConfig = kept.run.model_copy(update=limits)
    recipes = list(dict.fromkeys([*kept.recipes, *names]))
    return kept.model_copy(update={"run": run, "recipes": recipes, **own})


def _announce(folder: Path, config: ComparisonConfig) -> str:
    costs = ", ".join(
        f"{name} {number(value)}"
        for name in ("evaluations", "calls", "tokens", "dollars")
        if (value := getattr(config.run, name)) is not None
    )
    return (
        f"{len(config.recipes)} recipes, {config.seeds} seeds, each run until {costs}; {config.at_once} at once\n"
        f"comparison {folder}; Ctrl-C once finishes what is in flight, twice stops now; "
        f"`evoengine compare --out {folder}` goes on"
    )


def _report(run: Compared, ended: int, of: int) -> None:
    value = "" if run.curve is None else f"  best {number(run.curve.value, 9)}"
    note(f"{ended}/{of}  {Path(run.folder).name}  {run.state}{value}{_reason(run)}")


def _reason(run: Compared) -> str:
    lines = run.message.strip().splitlines()
    return f": {lines[-1]}" if lines else ""


def _code(comparing: Comparing, comparison: Comparison) -> int:
    """Give the exit code: 0 only where every run came to its end, and one of them found something valid."""
    if comparing.errors:
        failed = [run for run in comparison.runs if run.message]
        note("\n".join([f"{len(failed)} runs failed; the first of them:", failed[0].message.rstrip()]))
        first = comparing.errors[0]
        return first.exit_code if isinstance(first, EvoengineError) else _BUG
    if comparing.stopped:
        note(f"`evoengine compare --out {comparison.folder}` goes on")
        return _INTERRUPTED
    if not any(run.offspring_ok for run in comparison.runs):
        raise NoCandidateError(
            "not one candidate of all these runs is valid",
            cure=f"evoengine failures {comparison.runs[0].folder}",
        )
    return 0


def _refuse_search(
    problem: str | None, out: Path | None, picture: Path | None, flags: Mapping[str, Any]
) -> None:
    """Refuse what says how to search where nothing is searched."""
    given = {"PROBLEM": problem, "--out": out, "-o": picture, **{f"--{n}": v for n, v in flags.items()}}
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise ConfigError(
            f"--replay searches nothing, and {named[0]} is given", cure="leave it out, or leave out --replay"
        )


def _compare_policies(replay: str, names: list[str], sets: tuple[str, ...], *, as_json: bool) -> int:
    run = open_run(replay)
    params = resolve(sets=sets)[0].params
    policies = compare_policies(run, load_problem_of(run).problem, names, params)
    if as_json:
        emit_json([policy.to_json() for policy in policies])
    else:
        emit(policies_table(policies))
        note(f"{policies[0].improvements} improvements in {policies[0].proposals} proposals of {run.name}")
    return 0
