"""The commands that tell a run something, on a real run with a scripted model."""

import io
import json
import re
import sys

import pytest
from small import write_problem

from evoengine.api import open_run, resume, search
from evoengine.cli.app import main
from evoengine.stores import STEERING_NAME, Steering

MODEL = """
def answer(messages, n, proposal, step):
    return [f"Try.\\n```python main.py\\ndef value():\\n    return {proposal + 1}.25  # \\x1b[31mred\\n```"] * n
"""


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Call the command line with what is typed; give exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def call(*args, typed=""):
        monkeypatch.setattr(sys, "argv", ["evoengine", *args])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as caught:
            main()
        return caught.value.code, *capsys.readouterr()

    return call


def made(tmp_path, recipe, *, candidates=4, **params):
    (tmp_path / "model.py").write_text(MODEL)
    problem = write_problem(tmp_path / "p")
    return search(
        problem,
        out=tmp_path / "run",
        recipe=recipe,
        params=params,
        model=[f"scripted:{tmp_path / 'model.py'}"],
        **({"candidates": candidates} if candidates else {"target": -1000.0}),
        slots=1,
    )


def rows(tmp_path):
    return [body for _, body in Steering(tmp_path / "run" / STEERING_NAME).after(0)]


def test_a_person_is_shown_pairs_and_the_run_learns_from_the_answers(call, tmp_path):
    made(tmp_path, "pohf", judge=False)
    code, out, err = call("prefer", "run", typed="1\ns\n2\nt\nx\nq\n")
    assert code == 0, err
    first, second, third = (row["preference"] for row in rows(tmp_path))
    shown = re.findall(r"--- [12] \((\S+)\)", out)
    assert (first["better"], first["worse"]) == tuple(shown[0:2])
    assert (second["worse"], second["better"]) == tuple(shown[4:6]), "the skipped pair was shown and left out"
    assert (first["tie"], third["tie"], first["reference"]) == (False, True, "")
    assert "which is better?" in err
    assert "answers: 3; the search takes them up by `evoengine resume run" in err
    assert "\x1b[31m" not in out, "a candidate cannot colour the terminal"
    assert "def value()" in out
    run = resume(tmp_path / "run", candidates=6)
    assert [
        event.body["preference"] for event in run.store.events(("steered",)) if "preference" in event.body
    ] == [
        first,
        second,
        third,
    ]
    call("prefer", "run", "--answers", "1", typed="1\n")
    assert len(rows(tmp_path)) == 4


def test_likeness_is_asked_with_a_reference(call, tmp_path):
    made(tmp_path, "qdhf", judge_every=0)
    code, out, err = call("prefer", "run", "--answers", "1", typed="2\n")
    assert code == 0, err
    (row,) = rows(tmp_path)
    assert len({row["preference"][key] for key in ("better", "worse", "reference")}) == 3
    assert "--- reference" in out
    assert "more like the reference" in err


def test_a_recipe_that_learns_from_nobody_says_so(call, tmp_path):
    made(tmp_path, "best_of_n")
    code, _, err = call("prefer", "run", typed="1\n")
    assert code == 2
    assert "does not learn from comparisons" in err
    assert "--recipe pohf" in err


def test_one_candidate_is_no_pair(call, tmp_path):
    made(tmp_path, "pohf", judge=False, candidates=0)
    code, _, err = call("prefer", "run", typed="q\n")
    assert code == 0
    assert "not enough candidates" in err


def test_a_hint_is_in_every_later_prompt_until_another(call, tmp_path):
    made(tmp_path, "best_of_n", operators=["rewrite"])
    code, _, err = call("hint", "run", "Larger is better.")
    assert code == 0
    assert "when it is resumed" in err
    resume(tmp_path / "run", candidates=6)
    asked = [call("prompt", "run", name, "--json")[1] for name in ("3-0", "4-0", "5-0")]
    assert [("Larger is better." in text) for text in asked] == [False, True, True]
    call("hint", "run", "")
    assert resume(tmp_path / "run", candidates=7).candidates == 7
    assert "Larger is better." not in call("prompt", "run", "6-0", "--json")[1]


def test_a_candidate_of_ones_own_is_evaluated(call, tmp_path):
    made(tmp_path, "best_of_n", operators=["rewrite"])
    (tmp_path / "mine.py").write_text("def value():\n    return 3.0\n")
    assert call("inject", "run", "mine.py")[0] == 0
    best = resume(tmp_path / "run", candidates=5).best
    assert (best.candidate.id, best.candidate.operator, best.evaluation.fitness) == ("4-0", "inject", 0.0)


def test_files_that_the_problem_has_not_or_that_are_no_text_are_refused(call, tmp_path):
    made(tmp_path, "best_of_n", operators=["rewrite"])
    for name, content in (("main.py", b"x = 1"), ("other.py", b"x = 2"), ("mine.py", b"\xff\xfe")):
        (tmp_path / name).write_bytes(content)
    code, _, err = call("inject", "run", "main.py", "other.py")
    assert code == 2
    assert "no file 'other.py'" in err
    code, _, err = call("inject", "run", "mine.py")
    assert code == 2
    assert "mine.py: not UTF-8" in err
    assert rows(tmp_path) == []


def test_an_archive_is_exported_as_json_lines(call, tmp_path):
    made(tmp_path, "pohf", judge=False)
    code, out, _ = call("elites", "run")
    assert code == 0
    lines = [json.loads(line) for line in out.splitlines()]
    assert {line["id"] for line in lines} == {
        known.candidate.id for known in open_run(tmp_path / "run") if known.evaluation.ok
    }
    assert all("def value()" in line["main.py"] and line["fitness"] <= 0 for line in lines)
