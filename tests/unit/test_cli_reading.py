"""The commands that read runs, called in this process over a run made by hand."""

import json
import sys
from dataclasses import replace

import pytest
from made_run import known, make_run

from evoengine.cli import output
from evoengine.cli.app import SECTIONS, evoengine, main


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Call the command line; give exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["evoengine", *args])
        with pytest.raises(SystemExit) as caught:
            main()
        return caught.value.code, *capsys.readouterr()

    return call


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path)


def read_json(result):
    code, out, _ = result
    assert code == 0
    return json.loads(out)


def test_every_command_is_there_and_says_in_its_help_what_the_list_says():
    for section in SECTIONS.values():
        for name, (_, line) in section.items():
            command = evoengine.get_command(None, name)
            assert command.name == name
            assert " ".join(command.help.split("\n\n")[0].split()) == line
    assert evoengine.get_command(None, "nope") is None
    assert "run" in evoengine.list_commands(None)


def test_the_help_lists_the_commands_in_sections(call):
    code, out, _ = call("--help")
    assert code == 0
    assert all(title in out for title in SECTIONS)
    assert call("-h")[1] == out
    assert call("--version")[1].startswith("evoengine ")


def test_a_misspelt_command_is_a_usage_error(call):
    code, _, err = call("lst")
    assert code == 2
    assert "Did you mean 'list'?" in err
    assert "--help" in call("zzzzzz")[2]
    assert call("list", "--jsn")[0] == 2


def test_list(call, run, tmp_path):
    code, out, _ = call("list")
    assert code == 0
    assert out.splitlines()[1].split() == ["toy-ab12", "toy", "hill_climb", "done", "6", "3", "0:00:09"]
    assert read_json(call("list", "--json"))[0]["name"] == run.name
    (tmp_path / "runs" / "broken").mkdir()
    (tmp_path / "runs" / "broken" / "run.db").write_text("no database")
    code, out, err = call("list")
    assert (code, len(out.splitlines())) == (0, 2)
    assert "unreadable" in err


def test_list_without_runs(call):
    code, out, err = call("list")
    assert (code, out) == (0, "")
    assert "no runs in runs" in err


def test_status(call, run):
    code, out, _ = call("status")
    assert code == 0
    assert out.splitlines() == [
        "toy-ab12 · done (candidates) 0:00:09",
        "best 3 fitness (3-0, strict, at 0:00:04)",
        "best known 9.5",
        "candidates 6/6   ok 57%  error 29%  invalid 14%",
        "spent nothing on models   evaluations 9",
    ]
    body = read_json(call("status", "ab12", "--json"))
    assert (body["name"], body["state"], body["reason"], body["value"]) == (
        run.name,
        "done",
        "candidates",
        3.0,
    )


def test_status_of_a_run_that_was_killed_or_lost_its_problem(call, tmp_path):
    make_run(tmp_path, stopped=None)
    (tmp_path / "toy" / "main.py").unlink()
    code, out, err = call("status")
    assert code == 0
    assert "killed" in out
    assert "best known" not in out
    assert "evoengine resume toy-ab12" in err


def test_watching_a_run_under_way_shows_it_until_it_ends(call, run, monkeypatch):
    states = iter(["running", "running", "done"])
    monkeypatch.setattr("evoengine.cli.runs.WATCH_SECONDS", 0)
    monkeypatch.setattr("evoengine.report.summary.is_live", lambda _: next(states) == "running")
    code, out, _ = call("status", "--watch")
    assert code == 0
    assert "toy-ab12 · done" in out
    assert next(states, None) is None


def test_watching_a_run_that_has_ended_shows_it_and_returns(call, run):
    code, out, _ = call("status", "--watch")
    assert code == 0
    assert "toy-ab12 · done" in out


def test_stats(call, run):
    code, out, _ = call("stats")
    assert code == 0
    assert out.count("\n\n") == 5
    assert "mutate" in out
    body = read_json(call("stats", "--json"))
    assert body["statuses"] == {"ok": 4, "error": 2, "invalid": 1}
    assert [step["id"] for step in body["improvements"]] == ["seed-0", "0-0", "3-0"]
    assert [row["model"] for row in body["models"]] == ["m"]
    assert {row["arm"] for row in body["arms"]} >= {"mutate", "crossover", "tune"}
    assert body["abandoned"]


def test_failures(call, run, tmp_path):
    code, out, err = call("failures")
    assert code == 0
    assert "   2x  error    4-0      IndexError: list index out of range in helper" in out.splitlines()
    assert "evoengine show 4-0 --run toy-ab12" in err
    body = read_json(call("failures", "--json"))
    assert body[1] == {"status": "invalid", "signature": "f = N is above N", "count": 1, "example": "5-0"}
    make_run(tmp_path, "toy-none", told=())
    assert call("failures", "toy-none")[1:] == ("", "toy-none: nothing failed\n")


def test_archive(call, run):
    code, out, _ = call("archive")
    assert code == 0
    assert "4/8 cells" in out
    body = read_json(call("archive", "--json", "--x", "kind", "--y", "size"))
    assert (body["x"], body["y"], body["shape"], body["coverage"]) == ("kind", "size", [2, 4], 4 / 8)
    assert {"x": 1, "y": 3, "fitness": 3.0, "id": "3-0"} in body["cells"]
    assert call("archive", "--x", "nope")[0] == 2


def test_archive_of_a_run_without_a_problem_says_so(call, run):
    (run / "run.toml").write_text('recipe = "hill_climb"\n')
    code, _, err = call("archive")
    assert code == 2
    assert "built in Python" in err
    assert call("top")[0] == 0


def test_top(call, run):
    code, out, _ = call("top", "-n", "2")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["id", "3-0", "0-0"]
    assert "size" in out
    assert [one["id"] for one in read_json(call("top", "--json"))] == ["3-0", "0-0", "1-0", "seed-0"]


def test_show(call, run):
    body = read_json(call("show", "--json"))
    assert {"id", "digest", "fitness", "status", "measures", "parents", "operator", "source"} <= body.keys()
    assert (body["id"], body["parents"], body["verdict"]) == ("3-0", ["0-0", "1-0"], "strict")
    assert body["source"] == {"main.py": "def f():\n    return 3\n"}
    code, out, _ = call("show", "3-0", "--run", "toy")
    assert code == 0
    assert "feedback\ngood" in out
    assert "+    return 3" in out
    assert "return 0" in call("show", "seed")[1]
    assert call("show", "3-0", "--source")[1] == "def f():\n    return 3\n"
    assert call("show", "1-0", "--reply")[1] == "a reply\n"
    assert call("show", "1-0", "--output")[1] == "hello\n"
    metrics = call("show", "1-0", "--metrics")[1]
    assert "case case1" in metrics
    assert "return" not in metrics
    assert call("show", "77-0")[0] == 2


def test_of_many_cases_only_the_lowest_and_the_highest_are_shown_and_all_on_demand(call, tmp_path):
    one = known("0-0", value=2, parents=["seed-0"], proposal=0, operator="tune")
    scores = {f"train-{n}": n / 100 for n in range(100)}
    make_run(tmp_path, told=(replace(one, evaluation=replace(one.evaluation, cases=scores)),))
    shown = call("show", "0-0")[1]
    assert "100, mean 0.495; `show --cases` lists them" in shown
    assert "lowest train-0 0, train-1 0.01, train-2 0.02, train-3 0.03" in " ".join(shown.split())
    assert "train-99 0.99, train-98 0.98, train-97 0.97, train-96 0.96" in shown
    assert "train-50" not in shown
    assert len(call("show", "0-0", "--cases")[1].splitlines()) == 100
    assert call("show", "seed", "--cases")[1] == "case1  0.5\n"


def test_a_copy_says_that_it_is_one(call, tmp_path):
    make_run(tmp_path, told=(known("0-0", value=0, parents=["seed-0"], proposal=0, operator="tune"),))
    assert "no difference from its parent" in call("show", "0-0")[1]


def test_a_genome_of_several_files_is_saved_as_a_folder(call, run, monkeypatch):
    two = known("0-0")
    two = replace(two, candidate=replace(two.candidate, genome={"a.py": "1\n", "b/c.py": "2\n"}))
    monkeypatch.setattr("evoengine.report.Run.candidate", lambda *_: two)
    assert call("best")[1] == "==> a.py <==\n1\n\n==> b/c.py <==\n2\n\n"
    assert call("best", "-o", "out")[2] == "wrote out/a.py\nwrote out/b/c.py\n"


def test_diff(call, run):
    code, out, _ = call("diff", "best", "seed")
    assert code == 0
    assert "+    return 3" in out
    assert call("diff", "seed")[1:] == ("", "no difference\n")


def test_lineage(call, run):
    out = call("lineage")[1]
    assert [line.split()[0] for line in out.splitlines()] == ["id", "seed-0", "0-0", "3-0"]
    assert "+1 -1" in out
    assert [one["id"] for one in read_json(call("lineage", "--json"))] == ["seed-0", "0-0", "3-0"]
    assert call("lineage", "--diffs")[1].count("@@") == 4
    down = call("lineage", "0-0", "--down")[1]
    assert [line.split()[:2] for line in down.splitlines()[1:3]] == [["0", "0-0"], ["1", "1-0"]]
    assert read_json(call("lineage", "0-0", "--down", "--json"))[1]["depth"] == 1
    assert call("lineage", "--down", "--diffs")[0] == 2


def test_best(call, run, tmp_path):
    source = "def f():\n    return 3\n"
    assert call("best")[1] == source
    assert read_json(call("best", "--json"))["source"]["main.py"] == source
    code, out, err = call("best", "-o", "found/best.py")
    assert (code, out, err) == (0, "", "wrote found/best.py\n")
    assert (tmp_path / "found" / "best.py").read_text() == source
    (tmp_path / "there").mkdir()
    assert call("best", "-o", "there")[2] == "wrote there/main.py\n"
    code, _, err = call("best", "-o", "found/best.py/x")
    assert code == 2
    assert "cannot be written" in err


def test_verify(call, run):
    code, out, _ = call("verify")
    assert code == 0
    assert out.startswith("ok  toy-ab12: 6 candidates, state ")
    assert read_json(call("verify", "--json"))["faults"] == []


def test_ctrl_c_and_bugs_have_their_exit_codes(call, run, monkeypatch):
    def raise_(error):
        def do(*_):
            raise error

        return do

    monkeypatch.setattr("evoengine.cli.runs.emit_json", raise_(KeyboardInterrupt()))
    assert call("list", "--json")[0] == 130
    monkeypatch.setattr("evoengine.cli.runs.emit_json", raise_(ZeroDivisionError("boom")))
    code, _, err = call("list", "--json")
    assert code == 1
    assert "ZeroDivisionError: boom" in err
    assert "This is a bug" in err


def test_colour_is_for_terminals_without_no_color(monkeypatch):
    diff = "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n z"
    assert output.paint_diff(diff) == diff
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32m+y" in output.paint_diff(diff)
    assert output.line_width() is not None
    monkeypatch.setenv("NO_COLOR", "1")
    assert output.paint_diff(diff) == diff


def test_json_has_no_infinities(capsys):
    output.emit_json({"a": [float("inf"), 1.5, None], "b": ("x",)})
    assert json.loads(capsys.readouterr().out) == {"a": [None, 1.5, None], "b": ["x"]}
