"""Reading runs: grouping, diffs, lineage and summaries."""

import fcntl
import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_run import TOLD, TRACEBACK, make_run

from evoengine.config import load_problem
from evoengine.errors import RunNotFoundError, StoreDamagedError
from evoengine.recipes import make_recipe
from evoengine.report import (
    Run,
    change_size,
    descendants,
    diff_genomes,
    find_run,
    group_failures,
    is_live,
    list_runs,
    signature,
    summarize,
)
from evoengine.report.formats import brief, clip, count, dollars, duration, number, percent, table
from evoengine.stores import SQLiteStore
from evoengine.types import Usage

# Numbers and tables


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0s"), (0.84, "0.84s"), (12.4, "12s"), (250, "4m10s"), (5520, "1h32m"), (59.7, "1m00s")],
)
def test_brief(seconds, text):
    assert brief(seconds) == text


def test_other_numbers():
    assert duration(3661.9) == "1:01:01"
    assert duration(-1) == "0:00:00"
    assert [count(n) for n in (980, 9999, 412_345, 2_100_000, 3e9)] == ["980", "9999", "412k", "2.1M", "3G"]
    assert (percent(1, 3), percent(1, 0)) == ("33%", "-")
    assert (number(None), number(1.23456789), number(2.6359830849, 9)) == ("-", "1.23457", "2.63598308")


def test_an_unknown_price_is_never_zero():
    assert dollars(Usage()) == "nothing on models"
    assert dollars(Usage(calls=3)) == "unknown"
    assert dollars(Usage(calls=3, dollars=float("nan"))) == "unknown"
    assert dollars(Usage(calls=3, dollars=1.5)) == "$1.50"


def test_a_table_aligns_numbers_right_and_cuts_the_last_column():
    text = table(
        ["name", "fitness", "note"], [["a", "-1.5", "x"], ["bb", "10", "long\nnote"], ["c", "-", ""]]
    )
    assert text.splitlines() == [
        "name  fitness  note",
        "a        -1.5  x",
        "bb         10  long note",
        "c           -",
    ]
    narrow = table(["name", "note"], [["a", "a very long note"]], width=12)
    assert all(len(line) <= 12 for line in narrow.splitlines())
    assert narrow.endswith("…")
    assert table(["a"], []) == "a"


@settings(max_examples=50)
@given(st.text(), st.integers(1, 20))
def test_a_clipped_text_fits(text, width):
    assert len(clip(text, width)) <= width
    assert clip(text, width) == text or clip(text, width)[:-1] == text[: width - 1]


# Failures


def test_a_signature_is_what_failures_of_one_cause_share():
    assert signature(TRACEBACK) == "IndexError: list index out of range in helper"
    assert signature("circles 3 and 7 overlap by 2e-9\nmore") == "circles N and N overlap by N"
    assert signature("<f at 0x7f12ab> of x1") == "<f at N> of x1"
    assert signature(f"it is '{'y' * 50}' here") == "it is '...' here"
    assert signature(" \n ") == ""
    assert signature("Traceback (most recent call last):\n  broken") == "broken"
    assert len(signature("z" * 500)) == 120


def test_failures_are_grouped_with_the_latest_example():
    groups = group_failures(
        [
            ("1", "error", TRACEBACK),
            ("2", "timeout", ""),
            ("3", "error", TRACEBACK),
            ("4", "crash", "signal 6"),
        ]
    )
    assert [(g.status, g.count, g.example) for g in groups] == [
        ("error", 2, "3"),
        ("timeout", 1, "2"),
        ("crash", 1, "4"),
    ]


# Diffs and lineage


def test_a_diff_covers_every_file():
    old, new = {"a.py": "x\ny\n", "same": "s"}, {"a.py": "x\nz\n", "b.py": "new\n", "same": "s"}
    diff = diff_genomes(old, new, "old", "new")
    assert "--- old/a.py\n+++ new/a.py" in diff
    assert "+new" in diff
    assert "same" not in diff
    assert change_size(old, new) == (2, 1)
    assert diff_genomes(old, old) == ""


def test_descendants_are_found_once_at_their_least_depth():
    parents = {"s": (), "a": ("s",), "b": ("a", "s"), "c": ("b",), "d": ("x",)}
    assert [(d.candidate, d.depth) for d in descendants("s", parents)] == [
        ("s", 0),
        ("a", 1),
        ("b", 1),
        ("c", 2),
    ]
    assert [d.candidate for d in descendants("d", parents)] == ["d"]


# Runs


def test_a_run_is_found_by_name_prefix_part_and_path(tmp_path):
    first, second = make_run(tmp_path, "toy-ab12"), make_run(tmp_path, "toy-ac34")
    os.utime(first / "run.db", (1, 1))
    root = tmp_path / "runs"
    assert list_runs(root) == [second, first]
    assert find_run("last", root) == second
    for spec in ("toy-ab12", "toy-ab", "ab", str(first), first / "run.db"):
        assert find_run(spec, root) == first
    with pytest.raises(RunNotFoundError, match="beginning of several runs"):
        find_run("toy", root)
    with pytest.raises(RunNotFoundError, match="no run 'x'"):
        find_run("x", root)
    with pytest.raises(RunNotFoundError, match="holds none"):
        find_run("last", tmp_path / "empty")
    with pytest.raises(RunNotFoundError, match=r"no run\.db in it"):
        Run(tmp_path)


def test_a_run_under_way_counts_as_the_last_written(tmp_path):
    first, second = make_run(tmp_path, "toy-ab12"), make_run(tmp_path, "toy-ac34")
    os.utime(first / "run.db", (1, 1))
    (first / "run.db-wal").write_bytes(b"")
    os.utime(second / "run.db", (2, 2))
    assert list_runs(tmp_path / "runs") == [first, second]


def test_a_run_tells_what_happened(tmp_path):
    run = Run(make_run(tmp_path))
    assert run.name == "toy-ab12"
    assert (run.stopped, run.seconds, run.candidates, run.offspring_ok) == ("candidates", 9.5, 6, 3)
    assert run.statuses == {"ok": 4, "error": 2, "invalid": 1}
    assert [one.candidate.id for one in run.top(2)] == ["3-0", "0-0"]
    assert [one.candidate.id for one in run] == ["seed-0", *(one.candidate.id for one in TOLD)]
    assert [one.candidate.id for one in run.lineage()] == ["3-0", "0-0", "seed-0"]
    assert [one.candidate.id for one in run.children("0-0")] == ["1-0", "2-0", "3-0"]
    assert run.parents()["3-0"] == ("0-0", "1-0")
    assert [row["id"] for row in run.improvements()] == ["seed-0", "0-0", "3-0"]
    assert [(row["operator"], row["candidates"], row["ok"]) for row in run.operators()][:2] == [
        ("mutate", 3, 0),
        ("tune", 2, 2),
    ]
    assert [(group.count, group.example) for group in run.failures()] == [(2, "4-0"), (1, "5-0")]
    assert run.usage() == Usage(evaluations=9)
    assert run.replies("1-0") == ["a reply"]
    assert run.replies("0-0") == []
    assert "+    return 3" in run.diff("best")
    assert run.diff("seed") == ""
    assert "-    return 0" in run.diff("3-0", "seed")
    assert run.candidate("1-0").evaluation.artifacts["output"] == "hello"
    assert "a reply" in dict(run.texts()).values()
    recipe = make_recipe("hill_climb", load_problem(tmp_path / "toy").problem)
    assert run.fold(recipe).digest() == run.last_digest
    with pytest.raises(RunNotFoundError, match="no candidate '77-0'"):
        run.candidate("77-0")
    run.close()


def test_a_run_without_a_valid_candidate_has_no_best(tmp_path):
    folder = tmp_path / "runs" / "x"
    folder.mkdir(parents=True)
    store = SQLiteStore(folder / "run.db")
    store.close()
    run = Run(folder)
    assert run.best is None
    assert (run.stopped, run.last_digest) == (None, "")
    with pytest.raises(RunNotFoundError, match="no valid candidate"):
        run.candidate()
    with pytest.raises(StoreDamagedError, match="the log is empty"):
        _ = run.header


def test_a_changed_budget_is_the_one_in_force(tmp_path):
    folder = make_run(tmp_path)
    store = SQLiteStore(folder / "run.db")
    assert Run(folder).budget == {"candidates": 6}
    store.append("steered", None, 10.0, {"budget": {"candidates": 9}}, {})
    store.append("steered", None, 10.0, {"other": 1}, {})
    store.close()
    assert Run(folder).budget == {"candidates": 9}


@pytest.mark.parametrize(
    ("stopped", "state"),
    [("candidates", "done"), ("interrupted", "interrupted"), ("EvaluatorError", "failed"), (None, "killed")],
)
def test_a_summary_says_how_a_run_ended(tmp_path, stopped, state):
    summary = summarize(Run(make_run(tmp_path, stopped=stopped)), load_problem(tmp_path / "toy").problem)
    assert summary.state == state
    body = summary.to_json()
    assert (body["best"], body["fitness"], body["value"], body["verdict"]) == ("3-0", 3.0, 3.0, "strict")
    assert (body["best_known"], body["best_at"], body["candidates"]) == (9.5, 4.5, 6)
    assert set(body["usage"]) == {"evaluations", "calls", "tokens_in", "tokens_out", "dollars"}


def test_a_summary_needs_no_problem_and_no_candidate(tmp_path):
    folder = make_run(tmp_path, told=())
    summary = summarize(Run(folder))
    assert (summary.objective, summary.best_known) == ("fitness", None)
    assert summary.best_value == 0.0
    assert re.fullmatch(r"seed-0", summary.to_json()["best"])


def test_a_run_is_live_while_its_lock_is_held(tmp_path):
    folder = make_run(tmp_path)
    assert not is_live(folder)
    with (folder / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert is_live(folder)
        assert summarize(Run(folder)).state == "running"
    assert not is_live(folder)
    (folder / "run.lock").unlink()
    assert not is_live(folder)
