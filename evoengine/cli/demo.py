"""The command that shows what evoengine does, without a key or a network."""

from pathlib import Path

import click

from evoengine.api import new_folder
from evoengine.cli.output import note
from evoengine.cli.running import finish, search
from evoengine.config import load_problem, resolve
from evoengine.report import Run, Summary, verdict
from evoengine.report.formats import number

PROBLEM = "circle_packing"
SECONDS = 70.0
SEARCH = {"recipe": "adaptive", "order": "proposal", "seed": 0}
"""In proposal order, so that every machine walks the same way, the faster one farther."""
LIMITS = {"wall_seconds": 2.0}
"""Of a candidate: an endless loop must not hold up the end of the demonstration."""
_GROUPS_SHOWN = 3


@click.command("demo")
@click.option("--seconds", type=float, default=SECONDS, show_default=True, help="How long to search.")
def demo_command(seconds: float) -> int:
    """Pack circles for a minute, without a key or a network."""
    config = resolve(flags={"problem": PROBLEM, "seconds": seconds, **SEARCH})[0]
    overrides = {"limits": LIMITS}
    loaded = load_problem(config.problem, overrides=overrides)
    changes = {"problem": loaded.spec, "overrides": overrides, "candidates": None, "evaluations": None}
    config = config.model_copy(update={**changes, "models": [], "replay": ""})
    note(f"evoengine demo: 26 circles in the unit square, {seconds:g} s, no model, no network\n")
    summary = search(new_folder(PROBLEM, Path(config.runs)), loaded, config)
    note()
    code = finish(summary)
    note("\n" + "\n".join(_lesson(summary, loaded.problem.baseline)))
    return code


def _lesson(summary: Summary, baseline: float | None) -> list[str]:
    """Say what was found, beside what is known, and how to look further."""
    best = summary.best
    lines = [f"seed        {number(baseline, 9)}"]
    if best is not None:
        exact = "verified in exact arithmetic" if best.exact else "checked in floating point"
        lines.append(f"best found  {number(summary.best_value, 9)}  {verdict(best)}: {exact}")
    lines.append(f"best known  {number(summary.best_known, 9)}")
    groups = Run(Path(summary.folder)).failures()[:_GROUPS_SHOWN]
    lines += [f"failed      {group.count}x {group.status}: {group.signature}" for group in groups]
    return [
        *lines,
        "",
        "evoengine diff best seed      what evolved",
        "evoengine lineage             how, step by step",
        "evoengine archive             where in the grid of measures",
        "evoengine new my_problem      a problem of your own",
    ]
