"""Commands about whole runs: list, status, stats, failures, archive."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live

from evoengine.cli.opening import load_problem_of, open_run, problem_of, runs_folder
from evoengine.cli.output import emit, emit_json, json_option, line_width, note, run_argument
from evoengine.cli.vitals import Vitals
from evoengine.errors import StoreError
from evoengine.llm.probes import server_figures
from evoengine.llm.specs import OPENAI_URL
from evoengine.recipes import Choosing, make_recipe
from evoengine.report import Run, Summary, draw_heatmap, list_runs, make_heatmap, priced, spending, summarize
from evoengine.report.formats import UNKNOWN, count, duration, number, percent, table
from evoengine.types import Usage

WATCH_SECONDS = 1.0


@click.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the runs, the latest first."""
    root = runs_folder()
    summaries = [summary for folder in list_runs(root) if (summary := _try_summary(folder))]
    if as_json:
        emit_json([summary.to_json() for summary in summaries])
    elif summaries:
        rows = [
            [
                s.name,
                s.problem,
                s.recipe,
                s.state,
                str(s.candidates),
                number(s.best_value, 9),
                duration(s.seconds),
            ]
            for s in summaries
        ]
        emit(
            table(
                ["run", "problem", "recipe", "state", "candidates", "best", "time"], rows, width=line_width()
            )
        )
    else:
        note(f"no runs in {root}; `evoengine demo` or `evoengine run PROBLEM` makes one")


def _try_summary(folder: Path) -> Summary | None:
    """Summarise one run of many; one that cannot be read is named, and the others are still listed."""
    try:
        run = Run(folder)
        return summarize(run, problem_of(run))
    except StoreError as error:
        note(f"unreadable: {error}")
        return None


@click.command("status")
@run_argument
@click.option("--watch", is_flag=True, help="Show it anew every second until the run ends.")
@json_option
def status_command(run: str, watch: bool, as_json: bool) -> None:
    """Show how a run stands."""
    opened = open_run(run)
    problem = problem_of(opened)
    if as_json:
        emit_json(summarize(opened, problem).to_json())
        return
    if watch:
        with Live(_vitals(opened, summarize(opened, problem)).panel(), console=Console()) as live:
            while (summary := summarize(opened, problem)).state == "running":
                live.update(_vitals(opened, summary).panel())
                time.sleep(WATCH_SECONDS)
            live.update(_vitals(opened, summary).panel())
        return
    vitals = _vitals(opened, summarize(opened, problem))
    emit("\n".join([vitals.title, *vitals.lines()]))
    if vitals.summary.state not in {"running", "done"}:
        note(f"`evoengine resume {opened.name}` goes on")


def _vitals(run: Run, summary: Summary) -> Vitals:
    return Vitals(summary, failure=next(iter(run.failures()), None))


@click.command("stats")
@run_argument
@json_option
def stats_command(run: str, as_json: bool) -> None:
    """Show a run's figures: statuses, operators, models, arms, improvements."""
    opened = open_run(run)
    improvements, spent = opened.improvements(), spending(opened)
    told = {row["operator"]: dict(row) for row in opened.operators()}
    nothing: dict[str, Any] = {"candidates": 0, "ok": 0, "best": None}
    operators: list[dict[str, Any]] = [
        {"operator": name, **nothing, **told.get(name, {}), **_cost(spent.operators.get(name, Usage()))}
        for name in dict.fromkeys([*told, *spent.operators])
    ]
    models = [{"model": name, **_cost(usage)} for name, usage in spent.models.items()]
    arms = [{"arm": name, **figures} for name, figures in _arms(opened).items()]
    abandoned, servers = opened.abandoned(), _servers(opened)
    if as_json:
        emit_json(
            {
                "statuses": opened.statuses,
                "operators": operators,
                "models": models,
                "arms": arms,
                "abandoned": abandoned,
                "servers": servers,
                "improvements": improvements,
            }
        )
        return
    known = priced(opened.header)
    total = sum(opened.statuses.values())
    statuses = [[status, str(n), percent(n, total)] for status, n in opened.statuses.items()]
    by_operator = [
        [
            row["operator"],
            str(row["candidates"]),
            percent(row["ok"], row["candidates"]),
            number(row["best"], 9),
            *(_cost_cells(spent.operators.get(row["operator"], Usage()), priced=known) if models else []),
        ]
        for row in operators
    ]
    by_model = [[name, *_cost_cells(usage, priced=known)] for name, usage in spent.models.items()]
    steps = [
        [str(row["ordinal"] - 1), row["id"], row["operator"], number(row["fitness"], 9), duration(row["at"])]
        for row in improvements
    ]
    cost = ["calls", "tokens in", "tokens out", "dollars"]
    parts = [
        table(["status", "candidates", "share"], statuses),
        table(["operator", "candidates", "ok", "best", *(cost if models else [])], by_operator),
        *([table(["model", *cost], by_model)] if models else []),
        *([table(list(arms[0]), [_cells(row) for row in arms])] if arms else []),
        *([table(list(abandoned[0]), [_cells(row) for row in abandoned])] if abandoned else []),
        *([table(list(servers[0]), [_cells(row) for row in servers])] if servers else []),
        table(["improvement", "id", "operator", "fitness", "time"], steps),
    ]
    emit("\n\n".join(parts))


def _arms(run: Run) -> Mapping[str, Mapping[str, float]]:
    """Give what the recipe has learnt of its arms; nothing where the problem cannot be loaded any more."""
    problem = problem_of(run)
    if problem is None:
        return {}
    recipe = make_recipe(run.header["recipe"], problem, run.header["params"])
    run.fold(recipe)
    return recipe.arms() if isinstance(recipe, Choosing) else {}


def _servers(run: Run) -> list[dict[str, Any]]:
    """Ask the vLLM servers of the run's models how they are now; those that do not answer are left out."""
    urls = dict.fromkeys(spec["base_url"] for spec in run.header.get("models", []))
    asked = (server_figures(url) for url in urls if url.startswith("http") and url != OPENAI_URL)
    return [asdict(figures) for figures in asked if figures is not None]


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [value if isinstance(value, str) else number(value, 4) for value in row.values()]


def _cost(usage: Usage) -> dict[str, float]:
    return {name: getattr(usage, name) for name in ("calls", "tokens_in", "tokens_out", "dollars")}


def _cost_cells(usage: Usage, *, priced: bool) -> list[str]:
    spent = number(usage.dollars, 4) if priced or usage.dollars or not usage.calls else UNKNOWN
    return [str(usage.calls), count(usage.tokens_in), count(usage.tokens_out), spent]


@click.command("failures")
@run_argument
@json_option
def failures_command(run: str, as_json: bool) -> None:
    """Group what went wrong by its cause, the most common first."""
    opened = open_run(run)
    groups = opened.failures()
    if as_json:
        emit_json([{name: getattr(group, name) for name in type(group).__slots__} for group in groups])
    elif groups:
        rows = [[f"{group.count}x", group.status, group.example, group.signature] for group in groups]
        emit(table(["count", "status", "example", "cause"], rows, width=line_width()))
        note(f"`evoengine show {groups[0].example} --run {opened.name}` shows one in full")
    else:
        note(f"{opened.name}: nothing failed")


@click.command("archive")
@run_argument
@click.option("--x", default="", metavar="MEASURE", help="Along; by default the first measure.")
@click.option("--y", default="", metavar="MEASURE", help="Up; by default the second measure.")
@json_option
def archive_command(run: str, x: str, y: str, as_json: bool) -> None:
    """Draw the best fitness found in each cell of two measures.

    Every scored candidate of the run counts, whatever the recipe's own archive kept of them.
    """
    opened = open_run(run)
    heatmap = make_heatmap(load_problem_of(opened).problem.measures, opened, x, y)
    if not as_json:
        emit(draw_heatmap(heatmap, width=line_width() or 80))
        return
    cells: list[dict[str, Any]] = [
        {"x": column, "y": row, "fitness": fitness, "id": candidate}
        for (column, row), (fitness, candidate) in sorted(heatmap.cells.items())
    ]
    emit_json(
        {
            "x": heatmap.x.name,
            "y": heatmap.y.name if heatmap.y else None,
            "shape": heatmap.shape,
            "coverage": heatmap.coverage,
            "cells": cells,
        }
    )
