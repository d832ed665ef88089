"""The panel and the lines of a search under way."""

import asyncio
import io
from types import SimpleNamespace

import pytest
from made_run import TOLD, make_run
from rich.console import Console

from evoengine.cli import progress as progress_module
from evoengine.cli.progress import Progress, heartbeat
from evoengine.cli.vitals import Vitals, eta
from evoengine.problem import Objective, Problem
from evoengine.report import FailureGroup, Run, Summary, summarize
from evoengine.types import Evaluation, Usage, Verdict


def make_summary(**changes):
    fields = {
        "name": "circle_packing-7f3a",
        "folder": "runs/circle_packing-7f3a",
        "problem": "circle_packing",
        "recipe": "islands",
        "seed": 0,
        "state": "running",
        "reason": "",
        "started": "2026-01-01T00:00:00+00:00",
        "seconds": 2467.0,
        "candidates": 1240,
        "budget": {"candidates": 4000, "dollars": 10.0},
        "statuses": {"ok": 1000, "invalid": 180, "timeout": 60, "error": 1, "crash": 1},
        "best": Evaluation("1842-0", "ok", 2.63512, {"sum_of_radii": 2.63512}, exact=True),
        "best_at": 2287.0,
        "objective": "sum_of_radii",
        "best_known": 2.635983084917608,
        "usage": Usage(evaluations=1241, calls=900, tokens_in=2_100_000, tokens_out=412_000, dollars=3.18),
    }
    return Summary(**{**fields, **changes})


FIGURES = {"num_elites": 312, "coverage": 0.195, "qd_score": 688.1, "islands": 4, "migrations": 9}
FAILURE = FailureGroup("error", "IndexError: list index out of range in construct_packing " * 3, 96, "17-0")


def draw(vitals, width):
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    console.print(vitals.panel())
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 80, 132])
def test_the_panel_fits_its_console(width):
    vitals = Vitals(make_summary(), FIGURES, in_flight=4, slots=2, isolation="full", failure=FAILURE)
    lines = draw(vitals, width)
    assert len(lines) == 8
    assert {len(line) for line in lines} == {width}


def test_the_panel_at_80_columns_shows_the_vital_figures():
    vitals = Vitals(make_summary(), FIGURES, in_flight=4, slots=2, isolation="full", failure=FAILURE)
    text = "\n".join(draw(vitals, 80))
    for figure in (
        "circle_packing-7f3a · running 0:41:07",
        "best 2.63512 sum_of_radii (1842-0, strict, 3m00s ago)",
        "best known 2.63598308",
        "candidates 1240/4000   ok 81%  invalid 14%  timeout 5%  error 0%   eta 1h28m",
        "spent $3.18 of $10.00   tokens 2.1M in 412k out   evaluations 1241",
        "archive elites 312   coverage 20%   QD score 688.1   islands 4",
        "in flight 4   slots 2   isolation full",
        "96x IndexError",
    ):
        assert figure in text


def test_what_is_not_known_is_not_shown():
    summary = make_summary(
        best=None, best_at=None, best_known=None, budget={}, statuses={}, usage=Usage(calls=2)
    )
    assert Vitals(summary).lines() == [
        "best none yet",
        "candidates 1240   ",
        "spent unknown   tokens 0 in 0 out   evaluations 0",
    ]
    assert "(1842-0, strict)" in Vitals(make_summary(best_at=None)).lines()[0]


def test_the_time_left_is_that_of_the_first_limit():
    assert eta(make_summary(budget={"candidates": 2480})) == 2467.0
    assert eta(make_summary(budget={"candidates": 2480, "seconds": 3000.0})) == pytest.approx(533.0)
    assert eta(make_summary(budget={"candidates": 2480, "calls": 1200})) == pytest.approx(2467.0 / 3)
    assert eta(make_summary(budget={"tokens": 5_024_000})) == 2467.0
    assert eta(make_summary(budget={})) is None
    assert eta(make_summary(budget={"candidates": 9}, candidates=0)) is None


def test_the_heartbeat_is_one_line():
    assert heartbeat(make_summary()) == "0:41:07  candidates 1240/4000  ok 81%  best 2.63512  eta 1h28m"
    assert heartbeat(make_summary(budget={}, best=None)) == "0:41:07  candidates 1240  ok 81%  best -"


# Watching a session


def make_session(tmp_path):
    """What a progress reads of a session, over the state that a log folds to."""
    run = Run(make_run(tmp_path))
    from evoengine.config import load_problem
    from evoengine.recipes import make_recipe

    problem = load_problem(tmp_path / "toy").problem
    recipe = make_recipe("hill_climb", problem)
    state = run.fold(recipe)
    engine = SimpleNamespace(state=state, journal=SimpleNamespace(seconds=state.at), in_flight=2)
    return SimpleNamespace(
        engine=engine,
        folder=run.folder,
        problem=problem,
        recipe=recipe,
        config=SimpleNamespace(recipe="hill_climb"),
        executor=SimpleNamespace(slots=2),
    )


async def watch(progress, session, known):
    with progress.shown(session):
        for one in known:
            progress(one, Verdict("rejected"))
        await asyncio.sleep(0.05)


def test_without_a_terminal_improvements_and_heartbeats_are_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(progress_module, "HEARTBEAT_SECONDS", 0.03)
    session = make_session(tmp_path)
    session.engine.state.best = None
    progress = Progress(Console(file=io.StringIO(), width=80))
    asyncio.run(watch(progress, session, TOLD))
    lines = progress.console.file.getvalue().splitlines()
    assert lines[:2] == ["0:00:09  best 2  0-0  tune", "0:00:09  best 3 (+1)  3-0  crossover"]
    assert lines[2].startswith("0:00:09  candidates 6/6  ok 57%  best -")
    vitals = progress.vitals(session)
    assert vitals.failure == FailureGroup("error", "IndexError: list index out of range in helper", 2, "4-0")


def test_on_a_terminal_there_is_a_panel_and_no_line(tmp_path, monkeypatch):
    monkeypatch.setattr(progress_module, "PANEL_SECONDS", 0.02)
    session = make_session(tmp_path)
    progress = Progress(Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None))
    asyncio.run(watch(progress, session, TOLD))
    text = progress.console.file.getvalue()
    assert "toy-ab12 · running 0:00:09" in text
    assert "best 3 fitness (3-0, strict" in text
    assert "best 2  0-0" not in text
    assert max(len(line) for line in text.splitlines() if "\x1b" not in line) <= 80


def test_a_live_summary_says_what_the_log_says(tmp_path):
    session = make_session(tmp_path)
    live = Progress(Console(file=io.StringIO())).vitals(session).summary
    said = summarize(Run(session.folder), session.problem)
    for name in (
        "name",
        "problem",
        "recipe",
        "seed",
        "candidates",
        "budget",
        "statuses",
        "best",
        "usage",
        "best_known",
    ):
        assert getattr(live, name) == getattr(said, name), name


def test_a_problem_without_a_best_known_value_is_shown_without(tmp_path):
    session = make_session(tmp_path)
    session.problem = Problem("toy", session.problem.seeds, objectives=(Objective("length", "min"),))
    assert Progress(Console(file=io.StringIO())).vitals(session).summary.best_known is None


def test_what_models_of_known_prices_cost_is_said_even_where_it_is_nothing():
    free = Usage(calls=2, tokens_in=10, tokens_out=5)
    assert any("spent unknown" in line for line in Vitals(make_summary(usage=free)).lines())
    assert any("spent $0.00" in line for line in Vitals(make_summary(usage=free, priced=True)).lines())
